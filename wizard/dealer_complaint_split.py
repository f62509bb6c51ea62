from odoo import api, fields, models
from odoo.exceptions import UserError


class DealerComplaintSplit(models.TransientModel):
    """Asks what the parts of a complaint are, and makes complaints of them."""

    _name = 'dealer.complaint.split'
    _description = 'Split a Complaint'
    _inherit = ['dealer.window.mixin', 'dealer.complaint.link.mixin']

    complaint_id = fields.Many2one(
        'dealer.complaint',
        required=True,
        readonly=True,
        ondelete='cascade',
        default=lambda self: self.env.context.get('active_id'),
    )
    part_ids = fields.One2many('dealer.complaint.split.part', 'split_id')

    def action_split(self):
        """Make a complaint of each part that is none yet, and open the new ones. Safe to call twice.

        :raise UserError: without a part
        """
        self.ensure_one()
        if not self.part_ids:
            raise UserError(self.env._('Please say what is to become a complaint of its own.'))
        # A second click waits here, and then finds them made.
        self.lock_for_update()
        new = self.part_ids.filtered(lambda part: not part.made_id)
        if new:
            complaints = self.complaint_id.action_split([part._prepare_part() for part in new])
            for part, complaint in zip(new, complaints, strict=True):
                part.sudo().made_id = complaint  # which may be one that whoever splits it off does not read
        return self.complaint_id._prepare_complaints_action((self.complaint_id | self.part_ids.made_id).ids)


class DealerComplaintSplitPart(models.TransientModel):
    """One thing that a complaint is about and that gets a complaint of its own."""

    _name = 'dealer.complaint.split.part'
    _description = 'Part of a Complaint'
    _inherit = ['dealer.window.mixin', 'dealer.complaint.link.mixin']

    split_id = fields.Many2one('dealer.complaint.split', required=True, ondelete='cascade')
    title = fields.Char('Subject', required=True)
    type_id = fields.Many2one(
        'dealer.complaint.type',
        required=True,
        compute='_compute_from_whole',
        store=True,
        precompute=True,
        readonly=False,
    )
    product_id = fields.Many2one(
        'product.product',
        compute='_compute_from_whole',
        store=True,
        precompute=True,
        readonly=False,
        check_company=True,
    )
    company_id = fields.Many2one(related='split_id.complaint_id.company_id')
    lot_name = fields.Char('Lot or Serial Number')
    quantity = fields.Float(digits='Product Unit')
    product_uom_id = fields.Many2one(related='product_id.uom_id', string='Unit')
    made_id = fields.Many2one('dealer.complaint', readonly=True)

    @api.depends('split_id.complaint_id')
    def _compute_from_whole(self):
        for part in self:
            whole = part.split_id.complaint_id
            part.type_id = part.type_id or whole.type_id
            part.product_id = part.product_id or whole.product_id

    def _prepare_part(self):
        """What ``dealer.complaint.action_split`` is told of this part."""
        self.ensure_one()
        return {
            'title': self.title,
            'type_id': self.type_id.id,
            'product_id': self.product_id.id,
            'lot_name': self.lot_name,
            'quantity': self.quantity,
        }
