from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError


class DealerRebateFinding(models.Model):
    """Something found about a dealer on a day: it counts in the rebates of that day's period.

    A diversion may name the invoice line and the quantity that was diverted: that quantity counts in
    no rebate.
    """

    _name = 'dealer.rebate.finding'
    _description = 'Rebate Finding'
    _inherit = ['mail.thread']
    _order = 'date desc, id desc'
    _check_company_auto = True

    name = fields.Char('Description', required=True, tracking=True)
    company_id = fields.Many2one('res.company', required=True, default=lambda self: self.env.company, index=True)
    dealer_id = fields.Many2one(
        'res.partner',
        required=True,
        index=True,
        tracking=True,
        check_company=True,
        ondelete='restrict',
        domain="[('is_dealer', '=', True)]",
    )
    criterion_id = fields.Many2one('dealer.rebate.criterion', required=True, tracking=True, ondelete='restrict')
    is_diversion = fields.Boolean(related='criterion_id.is_diversion')
    date = fields.Date(required=True, default=lambda self: self.env.company._get_dealer_date(), tracking=True)
    times = fields.Integer('Counts as', required=True, default=1, tracking=True, help='How often it was found.')
    move_line_id = fields.Many2one(
        'account.move.line',
        'Invoice Line',
        index='btree_not_null',
        ondelete='restrict',
        check_company=True,
        domain="[('partner_id', 'child_of', dealer_id), ('display_type', '=', 'product'), ('parent_state', '=', 'posted')]",
        help='Where goods were diverted: the line that they were sold by.',
    )
    quantity = fields.Float('Diverted Quantity', digits='Product Unit', tracking=True)
    state = fields.Selection(
        [('draft', 'To Confirm'), ('confirmed', 'Confirmed'), ('cancelled', 'Withdrawn')],
        required=True,
        readonly=True,
        copy=False,
        default='draft',
        index=True,
        tracking=True,
    )

    may_confirm = fields.Boolean(compute='_compute_may_confirm')

    _times_positive = models.Constraint('CHECK (times > 0)', 'What was found was found once at least.')
    _quantity_not_negative = models.Constraint('CHECK (quantity >= 0)', 'A diverted quantity is not negative.')
    _confirmed_index = models.Index("(criterion_id, date, dealer_id) WHERE state = 'confirmed'")

    @api.depends('state')
    @api.depends_context('uid')
    def _compute_may_confirm(self):
        is_manager = self.env.user.has_group('dealer_management.group_dealer_manager')
        for finding in self:
            finding.may_confirm = is_manager and finding.state == 'draft' and finding.create_uid != self.env.user

    @api.constrains('dealer_id')
    def _check_dealer(self):
        for finding in self:
            if not finding.dealer_id.is_dealer:
                raise ValidationError(
                    self.env._('Findings are about dealers: "%s" is none.', finding.dealer_id.display_name)
                )

    @api.constrains('quantity', 'move_line_id', 'dealer_id', 'criterion_id', 'state')
    def _check_quantity(self):
        for finding in self:
            # Invoice lines may be out of the sight of whoever confirms; what they say counts.
            line = finding.sudo().move_line_id
            if (line or finding.quantity) and not finding.is_diversion:
                raise ValidationError(
                    self.env._('"%s" is no diversion: no quantity is taken away for it.', finding.criterion_id.name)
                )
            if finding.quantity and not line:
                raise ValidationError(self.env._('Please name the invoice line of the quantity that was diverted.'))
            if line and finding.dealer_id not in line.partner_id | line.partner_id._get_dealers_above():
                raise ValidationError(self.env._('The invoice line is none of "%s".', finding.dealer_id.display_name))
            if line and line._get_diverted_quantity(finding) > abs(line.quantity):
                raise ValidationError(
                    self.env._(
                        'No more than %(quantity)s can have been diverted of "%(line)s".',
                        quantity=abs(line.quantity),
                        line=line.display_name,
                    )
                )

    @api.onchange('criterion_id', 'dealer_id')
    def _onchange_criterion_id(self):
        """What only a diversion says does not stay where nobody sees it."""
        line = self.sudo().move_line_id
        if not self.is_diversion or (
            line and self.dealer_id not in line.partner_id | line.partner_id._get_dealers_above()
        ):
            self.update({'move_line_id': False, 'quantity': 0})

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [{**vals, 'state': 'draft'} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            if 'state' in vals:
                raise UserError(self.env._('A finding is confirmed and withdrawn by its buttons.'))
            asked = {'dealer_id', 'criterion_id', 'date', 'times', 'move_line_id', 'quantity', 'company_id'}
            if not asked.isdisjoint(vals) and any(finding.state != 'draft' for finding in self):
                raise UserError(self.env._('What was confirmed stays as it is: withdraw it and write a new one.'))
        result = super().write(vals)
        # Nobody hands a finding over to a dealer that they do not look after.
        self.check_access('write')
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_confirmed(self):
        if any(finding.state != 'draft' for finding in self):
            raise UserError(self.env._('A finding that was confirmed is kept on record.'))

    def action_confirm(self):
        """Confirm the findings: from now on they count.

        :raise AccessError: for anyone but a channel manager
        :raise UserError: for what one has written oneself, or for what was withdrawn
        """
        findings = self.filtered(lambda finding: finding.state != 'confirmed')
        findings._check_manager()
        for finding in findings:
            if finding.state == 'cancelled':
                raise UserError(self.env._('"%s" has been withdrawn: write a new finding.', finding.name))
            if finding.create_uid == self.env.user and not self.env.su:
                raise UserError(
                    self.env._('You have written "%s" yourself: somebody else has to confirm it.', finding.name)
                )
        # Confirmed here alone: nobody has the right to write it by hand.
        findings.sudo().state = 'confirmed'
        return True

    def action_cancel(self):
        """Withdraw the findings: they no longer count; what was settled is corrected by the next settlement.

        :raise AccessError: for anyone but a channel manager
        """
        findings = self.filtered(lambda finding: finding.state != 'cancelled')
        findings._check_manager()
        # Withdrawn here alone, as above.
        findings.sudo().state = 'cancelled'
        return True

    def _check_manager(self):
        if not self.env.su and not self.env.user.has_group('dealer_management.group_dealer_manager'):
            raise AccessError(self.env._('Only a channel manager confirms what rebates depend on.'))
        self.check_access('write')
