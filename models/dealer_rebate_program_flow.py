from odoo import api, fields, models
from odoo.exceptions import UserError


class DealerRebateProgram(models.Model):
    """The way of a program: draft → submitted → approved → open → closed; or refused, or cancelled.

    An amendment goes the same way, and follows the program that it amends from its approval on.
    """

    _inherit = 'dealer.rebate.program'

    may_decide = fields.Boolean(compute='_compute_may_decide')

    @api.depends('state', 'requester_id', 'create_uid', 'author_ids')
    @api.depends_context('uid')
    def _compute_may_decide(self):
        is_manager = self.env.user.has_group('dealer_management.group_dealer_manager')
        for program in self:
            program.may_decide = (
                is_manager and program.state == 'submitted' and self.env.user not in program._get_involved()
            )

    # ------------------------------------------------------------------ Steps

    def action_submit(self):
        """Hand the programs in: they stand still, and the approvers are asked.

        :raise ValidationError: for a program that cannot be as it is
        """
        for program in self._filter_step('submitted', ('draft',)):
            program.check_access('write')
            program._check_possible()
            program._move('submitted', requester_id=self.env.uid)
            program._ask_approvers(
                self.env._('Decide on the rebate program %s', program.display_name),
                self.env._(
                    '%(user)s asks for the rebate program "%(program)s", from %(first)s to %(last)s.',
                    user=self.env.user.name,
                    program=program.display_name,
                    first=program._format_day(program.date_from),
                    last=program._format_day(program.date_to),
                ),
            )
        return True

    def action_approve(self, note=None):
        """Approve the programs; an amendment of an open program is in force by its first day from now on.

        :param str note: optional, told to whoever asked
        :raise AccessError: for anyone but a channel manager
        :raise UserError: for what one has asked for or written oneself, or what nobody has handed in
        """
        programs = self._filter_step('approved', ('submitted',), done={'open', 'closed'})
        programs._check_may_decide()
        programs._serialize_terms()
        programs._check_possible()
        programs.filtered('amends_id')._check_not_being_settled()
        programs._decide('approved', note)
        programs.filtered(lambda program: program.sudo().amends_id.state == 'open')._take_effect()
        return True

    def action_refuse(self, reason=None):
        """Refuse the programs.

        :param str reason: required, told to whoever asked
        """
        self._check_reason(reason)
        programs = self._filter_step('refused', ('submitted',))
        programs._check_may_decide()
        return programs._decide('refused', reason)

    def action_draft(self):
        """Take programs back that were not approved, to change them."""
        programs = self._filter_step('draft', ('submitted', 'refused'))
        programs.check_access('write')
        programs._close_approval(self.env._('Taken back'))
        programs._move('draft', requester_id=self.env.uid, approver_id=False, decision_note=False, decided_date=False)
        return True

    def action_open(self):
        """Open approved programs: from now on dealers see them, and their periods can be settled.

        :raise AccessError: for anyone but a channel manager
        :raise UserError: for an amendment, which opens with its program
        """
        programs = self._filter_step('open', ('approved',))
        programs._check_manager()
        programs._check_not_amendments()
        programs._move('open')
        # Reading them is enough to open a program: its amendments follow.
        programs.sudo().amendment_ids.filtered(lambda version: version.state == 'approved')._take_effect()
        return True

    # ----------------------------------------------------------------- Helpers

    def _decide(self, state, note):
        self._check_note(note)
        # Decided here alone: nobody has the right to write the answer by hand.
        self._move(state, approver_id=self.env.uid, decision_note=note, decided_date=fields.Datetime.now())
        answers = dict(self._fields['state']._description_selection(self.env))
        for program in self:
            program._close_approval(note or answers[state])
            program._tell_requester(
                self.env._('%(name)s: %(answer)s', name=program.display_name, answer=answers[state]), note
            )
        return True

    def _check_not_amendments(self):
        for program in self:
            if program.amends_id:
                raise UserError(
                    self.env._(
                        '"%(amendment)s" goes the way of the program that it amends: open, close or cancel "%(program)s".',
                        amendment=program.display_name,
                        program=program.amends_id.display_name,
                    )
                )

    def _describe_impossible_step(self, state):
        """Why a step cannot be taken, for ``_filter_step``.

        :param str state: the state that the program is in, in the user's language
        """
        self.ensure_one()
        return self.env._(
            'The rebate program "%(program)s" is in the state "%(state)s": this step is not possible.',
            program=self.display_name,
            state=state,
        )
