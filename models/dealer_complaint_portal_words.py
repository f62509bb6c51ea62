from typing import Any, NamedTuple

from odoo import fields, models

from .dealer_complaint_stage import DONE_STATES


class PortalDeadline(NamedTuple):
    """A deadline as the dealer reads it.

    ``look`` is ``open``, ``late``, ``met``, ``missed`` or ``paused``; ``due`` and ``done`` naive UTC.
    """

    title: str
    is_dealers: bool
    due: Any
    done: Any
    look: str
    promise: str


class PortalOutcome(NamedTuple):
    """What came of a complaint, as the dealer reads it; ``document`` is a record, or None."""

    title: str
    detail: str
    note: str
    document: Any
    is_done: bool


class DealerComplaint(models.Model):
    """A complaint in the words of its dealer: where it stands, until when, what came of it."""

    _inherit = 'dealer.complaint'

    def _describe_portal_state(self):
        """Where the complaint stands: ``(short label, colour, sentence)``."""
        self.ensure_one()
        if self.merged_into_id:
            return (
                self.env._('Joined'),
                'secondary',
                self.env._('It is dealt with together with %s.', self.merged_into_id.name),
            )
        if self.waiting_since:
            return (
                self.env._('Please answer'),
                'warning',
                self.env._('We have asked you something and go on as soon as you answer.'),
            )
        if self._is_reopened() and self.state != 'solved':
            return self.env._('Reopened'), 'info', self.env._('We look into it again.')
        return self._describe_state()[self.state]

    def _describe_state(self):
        """``{state: (label, colour, sentence)}`` for the dealer."""
        received = (
            self.env._('We have it and look into it.')
            if self.date_acknowledged
            else self.env._('It has arrived. We confirm it as soon as one of us has read it.')
        )
        return {
            'received': (self.env._('Received'), 'info', received),
            'analysed': (
                self.env._('Being put right'),
                'info',
                self.env._('We know what went wrong and put it right.'),
            ),
            'solved': (self.env._('Put right'), 'info', self.env._('It is put right. Our answer follows.')),
            'answered': (
                self.env._('Please confirm'),
                'warning',
                self.env._('We have answered. Please tell us whether it is settled.'),
            ),
            'confirmed': (self.env._('Confirmed'), 'success', self.env._('You have agreed to our answer. Thank you.')),
            'closed': (self.env._('Done'), 'success', self._describe_closed()),
            'cancelled': (self.env._('Withdrawn'), 'secondary', self.env._('It is not being worked on.')),
        }

    def _describe_closed(self):
        if self.closed_by_silence:
            return self.env._(
                'It is closed, because we have not heard from you after our answer. You can still reopen it.'
            )
        return self.env._('It is settled and closed.')

    # --------------------------------------------------------------- Deadlines

    def _get_portal_deadlines(self):
        """The deadlines of both sides, in the order in which they are due."""
        self.ensure_one()
        names = {
            'acknowledge': self.env._('We confirm that we have it'),
            'first_reply': self.env._('You get our first reply'),
            'resolve': self.env._('It is put right'),
            'form': self.env._('You hand in the problem form'),
            'confirm': self.env._('You confirm our answer'),
        }
        return [
            PortalDeadline(
                title=names[deadline.kind],
                is_dealers=deadline.party == 'dealer',
                due=deadline.due,
                done=deadline.done_at,
                look=self._get_deadline_look(deadline),
                promise=self._describe_promise(deadline),
            )
            for deadline in self.deadline_ids.sorted(lambda found: (found.due or found.started, found.id))
            if self._is_of_interest(deadline)
        ]

    def _is_of_interest(self, deadline):
        """Whether a deadline tells the dealer something; the answer that it did not accept is past."""
        if deadline.kind == 'confirm' and deadline.state in ('done', 'stopped') and not self.date_answered:
            return False
        return deadline.state != 'stopped' or deadline.is_breached

    def _get_deadline_look(self, deadline):
        if deadline.is_breached:
            return 'missed' if deadline.done_at or self.state in DONE_STATES else 'late'
        if deadline.state == 'running' and deadline.due < fields.Datetime.now():
            # The job that notes it has not come by yet.
            return 'late'
        return {'done': 'met', 'paused': 'paused'}.get(deadline.state, 'open')

    def _describe_promise(self, deadline):
        """What we credit if we are late; empty where nothing is promised."""
        if deadline.party != 'us' or not deadline.credit_amount or deadline.result == 'met':
            return ''
        amount = deadline.currency_id.format(deadline.credit_amount)
        if deadline.is_breached:
            return self.env._('We are late: you are credited %s.', amount)
        return self.env._('If we are late, you are credited %s.', amount)

    # ---------------------------------------------------------------- Outcomes

    def _get_portal_outcomes(self):
        """What came of it, as far as it is more than a plan of ours."""
        self.ensure_one()
        kinds = dict(self.env['dealer.complaint.outcome']._fields['kind']._description_selection(self.env))
        shown = self.outcome_ids.filtered(lambda outcome: outcome.state in ('made', 'done'))
        return [
            PortalOutcome(
                title=kinds[outcome.kind],
                detail=self._describe_outcome(outcome),
                note=(outcome.note or '') if outcome.kind == 'explanation' else '',
                document=outcome.picking_id or outcome.sale_order_id or outcome.credit_note_id or outcome.repair_id,
                is_done=outcome.state == 'done',
            )
            for outcome in shown
        ]

    def _describe_outcome(self, outcome):
        parts = []
        if outcome.product_id:
            parts.append(outcome.product_id.display_name)
        if outcome.quantity:
            unit = outcome.product_uom_id or outcome.product_id.uom_id
            parts.append(f'{outcome.quantity:g} {unit.name or ""}'.strip())
        if outcome.amount and outcome.kind in ('allowance', 'compensation'):
            parts.append(outcome.currency_id.format(outcome.amount))
        return ' · '.join(parts)
