from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty, plaintext2html

# state: the states that may follow it.
FOLLOWING = {
    'received': frozenset({'analysed', 'solved', 'answered', 'cancelled'}),
    'analysed': frozenset({'received', 'solved', 'answered', 'cancelled'}),
    'solved': frozenset({'analysed', 'answered', 'cancelled'}),
    'answered': frozenset({'confirmed', 'closed', 'analysed'}),
    'confirmed': frozenset({'closed', 'analysed'}),
    'closed': frozenset({'analysed'}),
    'cancelled': frozenset({'analysed', 'received'}),
}
# Going on from here is reopening.
OVER = frozenset({'answered', 'confirmed', 'closed', 'cancelled'})
# What is said with a step, and the states that the step leads to.
REASONS = {'withdrawal_reason': frozenset({'cancelled'}), 'reopen_reason': frozenset({'received', 'analysed'})}


class DealerComplaint(models.Model):
    """The way of a complaint: received → analysed → solved → answered → confirmed → closed; reopening continues it.

    Every way to another stage, by a button, a dragged card, an import or the API, is a write of
    ``stage_id`` and meets the same rules here; what follows from it is in ``_enter_<state>``.
    """

    _inherit = 'dealer.complaint'

    # ---------------------------------------------------------- Public steps

    def action_acknowledge(self):
        """Tell the dealer that we have its complaint: stops the clock of the acknowledgement."""
        now = self._get_now()
        new = self.filtered(lambda complaint: not complaint.date_acknowledged)
        new.check_access('write')
        # A step: written by nobody by hand.
        new.sudo().date_acknowledged = now
        new._reach_deadlines('acknowledge', now)
        return True

    def action_analyse(self):
        """What went wrong is known."""
        return self._go_to('analysed')

    def action_solve(self):
        """It is put right: stops the clock of the resolution."""
        return self._go_to('solved')

    def action_answer(self):
        """Send ``answer`` to the dealer, who confirms it or comes back to it.

        :raise UserError: without an answer
        """
        return self._go_to('answered')

    def action_confirm(self):
        """The dealer agrees."""
        return self._go_to('confirmed')

    def action_close(self):
        """Nothing is left to do.

        :raise UserError: while the root cause is not known, where the type asks for it
        """
        return self._go_to('closed')

    def action_reopen(self, reason=None):
        """It is not over: the clocks go on where they stood.

        :param str reason: required, what is still wrong
        :raise UserError: without a reason, or for a complaint that was never answered
        """
        self.env['dealer.approval.mixin']._check_reason(reason)
        return self.filtered(lambda complaint: complaint.state in OVER)._go_to('analysed', reopen_reason=reason.strip())

    def action_cancel(self, reason=None):
        """It is no complaint, or the dealer takes it back.

        :param str reason: required, kept on record
        :raise UserError: without a reason, or once it was answered
        """
        self.env['dealer.approval.mixin']._check_reason(reason)
        return self._go_to('cancelled', withdrawal_reason=reason.strip())

    def action_wait(self, question=None):
        """Ask the dealer something: the clocks that wait for the dealer stand still until it answers.

        :param str question: required, sent to the dealer
        :raise UserError: without a question, or for a complaint that is not being worked on
        """
        self.check_access('write')
        self.env['dealer.approval.mixin']._check_reason(question)
        for complaint in self:
            if complaint.state not in ('received', 'analysed', 'solved'):
                raise UserError(self.env._('The complaint %s waits for nothing from us.', complaint.name))
            complaint._tell_dealer(question)
        waiting = self.filtered(lambda complaint: not complaint.waiting_since)
        now = self._get_now()
        waiting.sudo().waiting_since = now
        waiting._pause_deadlines(now)
        return True

    def action_resume(self):
        """The dealer has answered: the clocks go on."""
        waiting = self.filtered('waiting_since')
        waiting.check_access('write')
        waiting.sudo().waiting_since = False
        waiting._resume_deadlines(self._get_now())
        return True

    # ------------------------------------------------------------- The rules

    @api.model
    def _get_now(self):
        """The moment (naive UTC) at which a step is taken: now, or when it really was, for what is taken over.

        Only our own code says another moment, in sudo and by the context: users cannot backdate.
        """
        moment = self.env.su and self.env.context.get('complaint_now')
        return fields.Datetime.to_datetime(moment) or fields.Datetime.now()

    def _go_to(self, state, **vals):
        """Take the complaints that are elsewhere to the first stage that means ``state``."""
        elsewhere = self.filtered(lambda complaint: complaint.state != state)
        if elsewhere:
            elsewhere.write({'stage_id': self.env['dealer.complaint.stage']._get_first(state).id, **vals})
        return True

    def write(self, vals):
        if 'stage_id' not in vals:
            self._check_reasons(vals)
            return super().write(vals)
        if not vals['stage_id']:
            raise UserError(self.env._('A complaint is in one of the stages: please choose one.'))
        stage = self.env['dealer.complaint.stage'].browse(vals['stage_id'])
        moved = self.filtered(lambda complaint: complaint.state != stage.state)
        for complaint in moved:
            complaint._check_may_go_to(stage.state, vals)
        over = moved.filtered(lambda complaint: complaint.state in OVER)
        self._check_reasons(vals, stage.state, {'withdrawal_reason': moved, 'reopen_reason': over})
        result = super().write(vals)
        if moved:
            now = self._get_now()
            # Steps: what they note is written by nobody by hand.
            if stage.state in ('received', 'analysed'):
                moved._continue(now)
                over._note_reopened()
            getattr(moved, f'_enter_{stage.state}')(now)
        return result

    def _check_reasons(self, vals, state=None, moved=None):
        """Check that the reasons in ``vals`` are written with the step that they are given for: never changed later.

        :param state: where the complaints go; None if they stay
        :param moved: ``{name of the reason: those of the complaints that take its step}``
        :raise UserError: for users who write them otherwise
        """
        if self.env.su:
            return
        for name in REASONS.keys() & vals.keys():
            if state not in REASONS[name] or self - moved[name]:
                raise UserError(self.env._('This is written by the steps of the complaint, not by hand.'))

    def _check_may_go_to(self, state, vals):
        """Check the way to another state.

        :param vals: what is written together with the stage
        :raise UserError: where there is none, or something is missing for it
        """
        self.ensure_one()
        names = dict(self._fields['state']._description_selection(self.env))
        if state not in FOLLOWING[self.state] or self.merged_into_id:
            raise UserError(
                self.env._(
                    'The complaint %(number)s is in the state "%(now)s" and cannot become "%(then)s".',
                    number=self.display_name,
                    now=names[self.state],
                    then=names[state],
                )
            )
        if (state == 'cancelled' and not vals.get('withdrawal_reason')) or (
            self.state in OVER and state in ('received', 'analysed') and not vals.get('reopen_reason')
        ):
            raise UserError(self.env._('Please say why, by the button of the complaint.'))
        if state == 'answered' and is_html_empty(vals.get('answer', self.answer)):
            raise UserError(self.env._('Please write the answer to the dealer first.'))
        if state == 'closed' and self.type_id.needs_cause and not vals.get('cause_id', self.cause_id):
            raise UserError(self.env._('Please say what the root cause was before you close %s.', self.display_name))
        if state not in ('received', 'cancelled') and not vals.get('dealer_id', self.dealer_id):
            raise UserError(self.env._('Please say which dealer complains before you go on.'))

    # --------------------------------------------------- What follows from it

    def _continue(self, now):
        """Work goes on: what was solved, answered or closed is so no more."""
        self.sudo().write(
            {
                'date_solved': False,
                'date_answered': False,
                'date_confirmed': False,
                'date_closed': False,
                'closed_by_silence': False,
            }
        )
        self._continue_deadlines(now)
        # What the dealer was asked, it still is.
        self.filtered('waiting_since')._pause_deadlines(now)

    def _note_reopened(self):
        for complaint in self.sudo():
            complaint.reopen_count += 1
            complaint._log(complaint.reopen_reason)

    def _enter_received(self, now):
        """Nothing but what ``_continue`` did."""

    def _enter_analysed(self, now):
        self.action_acknowledge()

    def _enter_solved(self, now):
        self.action_acknowledge()
        self.filtered('waiting_since').action_resume()
        self.filtered(lambda complaint: not complaint.date_solved).sudo().date_solved = now
        self._reach_deadlines('resolve', now)

    def _enter_answered(self, now):
        self._enter_solved(now)
        self.sudo().write({'date_answered': now})
        for complaint in self:
            complaint._tell_dealer(complaint.answer)
        self._start_deadlines(('confirm',), now)

    def _enter_confirmed(self, now):
        self.sudo().date_confirmed = now
        self._reach_deadlines('confirm', now)

    def _enter_closed(self, now):
        self.sudo().date_closed = now
        self._stop_deadlines(now)
        self._done_activities()

    def _enter_cancelled(self, now):
        self.sudo().write({'date_closed': now, 'waiting_since': False})
        self._stop_deadlines(now)
        self._done_activities()
        for complaint in self:
            complaint._log(complaint.withdrawal_reason)

    def _done_activities(self):
        """Nobody is reminded of what is over; the to-dos may be another's."""
        self.sudo().activity_ids.action_feedback()

    def _log(self, text):
        """Note ``text``, which somebody typed, for our own people; what the dealer typed is its word."""
        self.ensure_one()
        if self.env.user.share:
            self._tell_dealer(text)
        else:
            self.message_post(body=plaintext2html(text), subtype_xmlid='mail.mt_note')
