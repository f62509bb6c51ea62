from odoo import api, fields, models
from odoo.exceptions import ValidationError

EVIDENCE = [
    ('none', 'None'),
    ('photo', 'Photograph'),
    ('photo_or_sample', 'Photograph or Sample'),
    ('document', 'Document or Photograph'),
]
# field of the type: what of the complaint it asks for
NEEDS = {
    'needs_order': ('order_id',),
    'needs_picking': ('picking_id',),
    'needs_invoice': ('move_id',),
    'needs_product': ('product_id',),
    'needs_lot': ('lot_name',),
    'needs_quantity': ('quantity', 'quantity_kind'),
    'needs_found_date': ('date_found',),
}


class DealerComplaintType(models.Model):
    """What is complained about: it says what must be told and shown, who answers, who sees it, and who pays."""

    _name = 'dealer.complaint.type'
    _description = 'Complaint Type'
    _order = 'sequence, id'
    _rec_names_search = ['name', 'code']

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help='Short code that imports and other systems use.')
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    in_portal = fields.Boolean('Offered in the Portal', default=True)
    instruction = fields.Text(
        translate=True, help='Shown to the dealer where it fills in the form: what to look at, what to show.'
    )
    team_id = fields.Many2one('dealer.complaint.team', index='btree_not_null', ondelete='restrict')
    confidential = fields.Boolean(
        help='Seen only by the head-office group; to everybody else these complaints do not exist.'
    )
    evidence = fields.Selection(EVIDENCE, required=True, default='none')
    needs_order = fields.Boolean('Order')
    needs_picking = fields.Boolean('Delivery')
    needs_invoice = fields.Boolean('Invoice')
    needs_product = fields.Boolean('Product')
    needs_lot = fields.Boolean('Lot or Serial')
    needs_quantity = fields.Boolean(
        'Quantity', help='How many, and whether they are missing, broken, faulty or unsold.'
    )
    needs_found_date = fields.Boolean('Found on')
    needs_cause = fields.Boolean(
        'Root Cause to Close', default=True, help='A complaint is closed only when its root cause is known.'
    )
    silence_days = fields.Integer(
        'Closed by Silence After',
        default=14,
        help='Days after our answer. A dealer that neither confirms nor reopens agrees; 0: never.',
    )
    bearer = fields.Selection(
        [('company', 'Company'), ('dealer', 'Dealer'), ('third', 'Carrier or Supplier')],
        'Cost Borne by',
        required=True,
        default='company',
    )
    cost_account_id = fields.Many2one(
        'account.account',
        company_dependent=True,
        domain="[('account_type', 'in', ('expense', 'expense_other', 'expense_direct_cost', 'income', 'income_other'))]",
        help='Where refunds, allowances and replacements of these complaints are booked. Empty: where the goods'
        ' were sold.',
    )
    complaint_count = fields.Integer('Open Complaints', compute='_compute_complaint_count')

    _code_unique = models.Constraint('UNIQUE (code)', 'Two complaint types cannot have the same code.')
    _silence_not_negative = models.Constraint('CHECK (silence_days >= 0)', 'Days of silence cannot be negative.')

    @api.depends_context('uid', 'allowed_company_ids')
    def _compute_complaint_count(self):
        counts = dict(
            self.env['dealer.complaint']._read_group(
                [('type_id', 'in', self.ids), ('is_open', '=', True)], ['type_id'], ['__count']
            )
        )
        for complaint_type in self:
            complaint_type.complaint_count = counts.get(complaint_type, 0)

    @api.constrains('confidential')
    def _check_confidential(self):
        """Who could not read a complaint yesterday does not read it today because a box was unticked."""
        for complaint_type in self:
            # The head office alone may turn it off, and it sees all of them.
            if not complaint_type.confidential and self.env['dealer.complaint'].sudo().search_count(
                [('type_id', '=', complaint_type.id), ('confidential', '=', True), ('is_open', '=', True)], limit=1
            ):
                raise ValidationError(
                    self.env._(
                        'There are open confidential complaints of the type "%s": close them first.',
                        complaint_type.name,
                    )
                )

    def _get_needed_fields(self):
        """Names of the complaint's fields that the problem form of this type must fill in."""
        self.ensure_one()
        return [name for need, names in NEEDS.items() if self[need] for name in names]
