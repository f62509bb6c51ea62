from odoo import models
from odoo.tools import SQL


class DealerDeadline(models.Model):
    """Deadlines bind both sides: for those of ours that we miss the dealer is credited what the policy states."""

    _inherit = 'dealer.deadline'

    def _compensate(self):
        """Credit the dealers what their policies state for these missed deadlines, once each.

        One draft credit note for each deadline, so that it proves itself. What was credited already, is not ours, is
        no breach, or is of nobody that we know, is left alone; the last is credited once the dealer is known. Two
        that do it at once wait for each other, and the second starts over.

        :return: the outcomes that were made
        """
        # A breach is found by a job or by any step of whoever is at work; what follows from it is by rule.
        missed = self.sudo().filtered(
            lambda deadline: (
                deadline.is_breached
                and deadline.party == 'us'
                and deadline.currency_id
                and deadline.currency_id.compare_amounts(deadline.credit_amount, 0) > 0
                and deadline.complaint_id.dealer_id
            )
        )
        outcomes = missed.env['dealer.complaint.outcome']
        if not missed:
            return outcomes
        missed.flush_recordset()
        self.env.cr.execute(SQL('UPDATE dealer_deadline SET id = id WHERE id IN %s', tuple(missed.ids)))
        missed -= outcomes.search([('deadline_id', 'in', missed.ids)]).deadline_id
        outcomes = outcomes.create([deadline._prepare_compensation_vals() for deadline in missed])
        outcomes._make_compensation()
        return outcomes

    def _prepare_compensation_vals(self):
        self.ensure_one()
        return {
            'complaint_id': self.complaint_id.id,
            'kind': 'compensation',
            'amount': self.credit_amount,
            'currency_id': self.currency_id.id,
            'deadline_id': self.id,
        }


class DealerComplaint(models.Model):
    _inherit = 'dealer.complaint'

    def write(self, vals):
        unknown = self.filtered(lambda complaint: not complaint.dealer_id) if vals.get('dealer_id') else self.browse()
        result = super().write(vals)
        # What was missed while nobody knew whose complaint it was.
        unknown.sudo().deadline_ids._compensate()
        return result
