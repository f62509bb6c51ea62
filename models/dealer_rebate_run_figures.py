from odoo import api, fields, models


class DealerRebateRun(models.Model):
    """What a settlement comes to, and how far its posting has come."""

    _inherit = 'dealer.rebate.run'

    earned_in = fields.Char(related='program_id.earned_in')
    # Units of free goods, or the currency of the program: no Monetary field is both.
    payout_count = fields.Integer('Number of Statements', compute='_compute_figures', compute_sudo=True)
    to_post_count = fields.Integer('To Post', compute='_compute_figures', compute_sudo=True)
    posted_count = fields.Integer('Posted', compute='_compute_figures', compute_sudo=True)
    held_count = fields.Integer('Held Back', compute='_compute_figures', compute_sudo=True)
    progress = fields.Float('Progress (%)', compute='_compute_figures', compute_sudo=True)
    delta = fields.Float(
        'Earned and Corrected', compute='_compute_figures', compute_sudo=True, digits=(16, 4), min_display_digits=2
    )
    carried_in = fields.Float(compute='_compute_figures', compute_sudo=True, digits=(16, 4), min_display_digits=2)
    paid = fields.Float('To Pay', compute='_compute_figures', compute_sudo=True, digits=(16, 4), min_display_digits=2)
    posted_amount = fields.Float(
        'Paid', compute='_compute_figures', compute_sudo=True, digits=(16, 4), min_display_digits=2
    )
    held_amount = fields.Float(
        'Amount Held Back', compute='_compute_figures', compute_sudo=True, digits=(16, 4), min_display_digits=2
    )
    carried_out = fields.Float(compute='_compute_figures', compute_sudo=True, digits=(16, 4), min_display_digits=2)
    correction_count = fields.Integer('Corrections', compute='_compute_correction', compute_sudo=True)
    correction = fields.Float(
        'Of Which Corrections',
        compute='_compute_correction',
        compute_sudo=True,
        digits=(16, 4),
        min_display_digits=2,
        help='What periods that were settled before have changed by.',
    )

    @api.depends('payout_ids.state', 'payout_ids.delta', 'payout_ids.paid', 'payout_ids.carried_out')
    def _compute_figures(self):
        groups = {}
        for run, state, *figures in self.env['dealer.rebate.payout']._read_group(
            [('run_id', 'in', self.ids)],
            ['run_id', 'state'],
            ['__count', 'delta:sum', 'carried_in:sum', 'paid:sum', 'carried_out:sum'],
        ):
            groups.setdefault(run.id, {})[state] = figures
        nothing = [0] * 5
        for run in self:
            states = groups.get(run._origin.id, {})
            run.payout_count, run.delta, run.carried_in, run.paid, run.carried_out = (
                sum(column) for column in zip(nothing, *states.values(), strict=True)
            )
            run.posted_count, _delta, _carried, run.posted_amount, _carried = states.get('posted', nothing)
            run.held_count, _delta, _carried, run.held_amount, _carried = states.get('held', nothing)
            run.to_post_count = states.get('confirmed', nothing)[0]
            run.progress = 100 * run.posted_count / (run.posted_count + run.to_post_count or 1)

    @api.depends('computation_ids.delta')
    def _compute_correction(self):
        corrections = {
            run.id: figures
            for run, *figures in self.env['dealer.rebate.computation']._read_group(
                [('run_id', 'in', self.ids), ('number', '>', 1)], ['run_id'], ['__count', 'delta:sum']
            )
        }
        for run in self:
            run.correction_count, run.correction = corrections.get(run._origin.id, (0, 0))

    # ---------------------------------------------------------------- Screens

    @api.onchange('program_id')
    def _onchange_program_id(self):
        if self.program_id and (day := self.program_id._get_period_to_settle()):
            self.period_to = day

    def action_view_payouts(self):
        """Open the statements of these settlements."""
        return self._open_part('dealer_management.dealer_rebate_payout_action')

    def action_view_computations(self):
        """Open what was computed: each dealer, period by period."""
        return self._open_part('dealer_management.dealer_rebate_computation_action')

    def action_view_documents(self):
        """Open the documents that pay these settlements: journal entries, or orders of free goods."""
        moves, orders = self.payout_ids.move_id, self.payout_ids.sale_order_id
        return (orders or moves)._get_records_action(name=self.env._('Documents'))

    def action_refresh(self):
        """Have the figures read again: the form shows them anew."""
        self.check_access('read')
        return True

    def _open_part(self, xmlid):
        self.check_access('read')
        return {
            **self.env['ir.actions.act_window']._for_xml_id(xmlid),
            'domain': [('run_id', 'in', self.ids)],
            'context': {'create': False},
        }
