from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

DEALER_STATES = [
    ('prospect', 'Prospect'),
    ('onboarding', 'Onboarding'),
    ('active', 'Active'),
    ('probation', 'On Probation'),
    ('suspended', 'Suspended'),
    ('terminated', 'Terminated'),
]
# States whose orders are not confirmed. They need a reason, and only a channel manager takes a
# dealer into them and out again.
BLOCKED_STATES = frozenset({'suspended', 'terminated'})


class ResPartner(models.Model):
    """The life of a dealer: prospect → onboarding → active → on probation → suspended → terminated."""

    _inherit = 'res.partner'

    dealer_state = fields.Selection(DEALER_STATES, tracking=True, copy=False, group_expand=True)
    dealer_state_reason = fields.Char(
        'Reason of the State',
        tracking=True,
        copy=False,
        groups='dealer_management.group_dealer_access',
        help='Why the dealer is on probation, suspended or terminated. Whoever tries to confirm an'
        ' order of a suspended or terminated dealer is told, the dealer included.',
    )

    _blocked_has_reason = models.Constraint(
        "CHECK (dealer_state NOT IN ('suspended', 'terminated') OR TRIM(COALESCE(dealer_state_reason, '')) != '')",
        'A suspended or terminated dealer has a reason for it.',
    )

    @api.model
    def _get_dealer_transitions(self):
        """Return ``{state: states that may follow}``."""
        return {
            'prospect': {'onboarding', 'active', 'terminated'},
            'onboarding': {'prospect', 'active', 'suspended', 'terminated'},
            'active': {'probation', 'suspended', 'terminated'},
            'probation': {'active', 'suspended', 'terminated'},
            'suspended': {'active', 'probation', 'terminated'},
            'terminated': {'onboarding'},
        }

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        dealers = partners.filtered('is_dealer')
        if dealers:
            if any(dealer.dealer_state in BLOCKED_STATES for dealer in dealers):
                self._check_state_rights()
            dealers._set_state_dates()
        return partners

    @api.model
    def _complete_dealer_vals(self, vals, defaults):
        vals = super()._complete_dealer_vals(vals, defaults)
        reason = vals.get('dealer_state_reason', self.env.context.get('default_dealer_state_reason'))
        self._check_state_reason(vals['dealer_state'], reason, vals.get('name'))
        return vals

    def write(self, vals):
        if not vals.keys().isdisjoint({'parent_id', 'is_company'}):
            self._check_not_detached(vals)
        if vals.keys().isdisjoint({'dealer_state', 'dealer_state_reason'}):
            return super().write(vals)
        state, reason = vals.get('dealer_state'), vals.get('dealer_state_reason')
        changed = self.filtered(lambda partner: state and partner.dealer_state != state)
        if changed:
            changed._check_state_change(state, reason)
        if 'dealer_state_reason' in vals:
            (self - changed)._check_reason_change(reason)
        elif changed and state not in BLOCKED_STATES:
            # The reason belongs to the state: an old one does not outlive it.
            super(ResPartner, self - changed).write(vals)
            result = super(ResPartner, changed).write({**vals, 'dealer_state_reason': False})
            changed._set_state_dates()
            return result
        result = super().write(vals)
        changed._set_state_dates()
        return result

    def _check_not_detached(self, vals):
        """A contact does not leave its blocked dealer to order for it, unless a manager says so."""
        if self.env.su or self.env.user.has_group('dealer_management.group_dealer_manager'):
            return
        # A dealer out of the user's sight blocks all the same.
        for contact in self.sudo():
            blocked = contact._get_blocked_dealers_above() - contact
            if blocked and any(
                self._is_changed_by(name, vals[name]) for name in vals.keys() & {'parent_id', 'is_company'}
            ):
                raise AccessError(
                    self.env._(
                        '"%(contact)s" belongs to the dealer "%(dealer)s", which is suspended or terminated: only a'
                        ' channel manager can take it from there.',
                        contact=contact.display_name,
                        dealer=blocked[0].display_name,
                    )
                )

    def _check_reason_change(self, reason):
        """A blocked dealer keeps a reason, and only a channel manager words it."""
        for dealer in self.filtered(lambda partner: partner.dealer_state in BLOCKED_STATES):
            if (dealer.dealer_state_reason or '') != (reason or ''):
                self._check_state_reason(dealer.dealer_state, reason, dealer.display_name)
                self._check_state_rights()

    def _check_state_change(self, state, reason):
        """Check that each of ``self`` may go to ``state``, and that the user may take it there.

        :raise UserError: if the step does not exist or its reason is missing
        :raise AccessError: if it takes a channel manager
        """
        transitions = self._get_dealer_transitions()
        names = dict(self._fields['dealer_state']._description_selection(self.env))
        for dealer in self:
            self._check_state_reason(state, reason, dealer.display_name)
            if dealer.dealer_state and state not in transitions[dealer.dealer_state]:
                raise UserError(
                    self.env._(
                        'The dealer "%(dealer)s" is in the state %(now)s and cannot become %(then)s. It can become: %(possible)s.',
                        dealer=dealer.display_name,
                        now=names[dealer.dealer_state],
                        then=names[state],
                        possible=', '.join(
                            name for key, name in names.items() if key in transitions[dealer.dealer_state]
                        ),
                    )
                )
        if state in BLOCKED_STATES or self.filtered(lambda dealer: dealer.dealer_state in BLOCKED_STATES):
            self._check_state_rights()

    @api.model
    def _check_state_reason(self, state, reason, name):
        if state in BLOCKED_STATES and not (reason or '').strip():
            raise UserError(
                self.env._('Please say why the dealer "%s" is suspended or terminated: a reason is required.', name)
            )

    @api.model
    def _check_state_rights(self):
        if not self.env.su and not self.env.user.has_group('dealer_management.group_dealer_manager'):
            raise AccessError(self.env._('Only a channel manager can suspend or terminate a dealer, or take it back.'))

    def _set_state_dates(self):
        """Keep the dates of joining and ending in step with the state."""
        today = self.env.company._get_dealer_date()
        self.filtered(
            lambda dealer: dealer.dealer_state in ('active', 'probation') and not dealer.dealer_joined_date
        ).dealer_joined_date = today
        self.filtered(
            lambda dealer: dealer.dealer_state == 'terminated' and not dealer.dealer_ended_date
        ).dealer_ended_date = today
        self.filtered(
            lambda dealer: dealer.dealer_state != 'terminated' and dealer.dealer_ended_date
        ).dealer_ended_date = False

    # -------------------------------------------------------------- The steps

    def action_dealer_prospect(self):
        """Back to prospect: the onboarding was premature."""
        return self._set_dealer_state('prospect')

    def action_dealer_onboard(self):
        """Start the onboarding of a prospect, or of a terminated dealer that returns."""
        return self._set_dealer_state('onboarding')

    def action_dealer_activate(self):
        """Make the dealers active: they order and earn. Ends probation and suspension."""
        return self._set_dealer_state('active')

    def action_dealer_probation(self, reason=None):
        """Put the dealers on probation: they go on ordering while they improve.

        :param str reason: optional, shown on the dealer
        """
        return self._set_dealer_state('probation', reason)

    def action_dealer_suspend(self, reason=None):
        """Suspend the dealers: their orders cannot be confirmed until they are active again.

        :param str reason: required
        :raise UserError: without a reason
        """
        return self._set_dealer_state('suspended', reason)

    def action_dealer_terminate(self, reason=None):
        """End the relation: nothing can be ordered any more; what is open is settled.

        :param str reason: required
        :raise UserError: without a reason
        """
        return self._set_dealer_state('terminated', reason)

    def _set_dealer_state(self, state, reason=None):
        """Take the dealers to ``state``; those that are there already stay as they are."""
        self.env['dealer.approval.mixin']._check_note(reason)
        self._check_are_dealers()
        dealers = self.filtered(lambda dealer: dealer.dealer_state != state)
        if dealers:
            dealers.write({'dealer_state': state, 'dealer_state_reason': reason or False})
        return True

    # ----------------------------------------------------------------- Orders

    def _get_blocked_dealers_above(self):
        return self._get_dealers_above().filtered(lambda dealer: dealer.dealer_state in BLOCKED_STATES)

    def _get_dealer_block_message(self):
        """Why orders of these contacts cannot be confirmed, as a sentence, or False.

        Asked of any contacts: the dealers that they belong to decide.
        """
        # Whoever confirms the order need not be allowed to read the dealer.
        blocked = self.sudo()._get_blocked_dealers_above()
        if not blocked:
            return False
        dealer = blocked[0]
        values = {'dealer': dealer.display_name, 'reason': dealer.dealer_state_reason}
        if dealer.dealer_state == 'suspended':
            return self.env._(
                'The dealer "%(dealer)s" is suspended, so its orders cannot be confirmed. Reason: %(reason)s', **values
            )
        return self.env._(
            'The dealer "%(dealer)s" is terminated, so its orders cannot be confirmed. Reason: %(reason)s', **values
        )
