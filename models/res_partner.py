from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain


class ResPartner(models.Model):
    """A dealer is a commercial partner that sells our products.

    Its contacts and branches resolve to it: ``dealer_id`` of any contact is its dealer.
    """

    _inherit = 'res.partner'

    # ---------------------------------------------------------------- Fields

    is_dealer = fields.Boolean('Dealer')
    dealer_id = fields.Many2one(
        'res.partner',
        'Dealer It Belongs To',
        compute='_compute_dealer_id',
        search='_search_dealer_id',
        help='The dealer that this contact or branch belongs to: its commercial partner.',
    )
    dealer_type_id = fields.Many2one('dealer.type', tracking=True, index='btree_not_null', ondelete='restrict')
    channel_account_manager_id = fields.Many2one(
        'res.users',
        tracking=True,
        index='btree_not_null',
        domain="[('share', '=', False)]",
        help='The named person on our side who looks after this dealer.',
    )
    dealer_joined_date = fields.Date(
        'Joined On', copy=False, help='Set when the dealer becomes active for the first time.'
    )
    dealer_ended_date = fields.Date('Ended On', copy=False)

    # ------------------------------------------------------------ Constraints

    _dealer_has_state = models.Constraint(
        'CHECK ((is_dealer IS TRUE) = (dealer_state IS NOT NULL) AND (is_dealer IS TRUE OR dealer_code IS NULL))',
        'A dealer has a state and a code, and only a dealer.',
    )
    _dealer_state_index = models.Index('(dealer_state, dealer_code) WHERE is_dealer')

    @api.constrains('is_dealer', 'parent_id', 'is_company')
    def _check_dealer_is_commercial(self):
        for partner in self:
            if partner.is_dealer and partner.commercial_partner_id != partner:
                raise ValidationError(
                    self.env._(
                        '"%(contact)s" belongs to "%(company)s" and cannot be a dealer itself.'
                        ' Make "%(company)s" the dealer: its contacts and branches share its terms.',
                        contact=partner.display_name,
                        company=partner.commercial_partner_id.display_name,
                    )
                )

    @api.constrains('upstream_dealer_id', 'grade_id', 'company_id', 'is_dealer')
    def _check_dealer_company(self):
        # The other company need not be one of the user's.
        for dealer in self.sudo():
            if not dealer.is_dealer or not dealer.company_id:
                continue
            for other in (dealer.upstream_dealer_id, dealer.grade_id):
                if other.company_id and other.company_id not in dealer.company_id.parent_ids:
                    raise ValidationError(
                        self.env._(
                            'The dealer "%(dealer)s" belongs to %(company)s, but "%(other)s" to %(other_company)s.',
                            dealer=dealer.display_name,
                            company=dealer.company_id.name,
                            other=other.display_name,
                            other_company=other.company_id.name,
                        )
                    )

    @api.constrains('dealer_joined_date', 'dealer_ended_date')
    def _check_dealer_dates(self):
        for partner in self:
            joined, ended = partner.dealer_joined_date, partner.dealer_ended_date
            if joined and ended and ended < joined:
                raise ValidationError(
                    self.env._(
                        'The dealer "%(dealer)s" cannot end on %(ended)s, before it joined on %(joined)s.',
                        dealer=partner.display_name,
                        ended=ended,
                        joined=joined,
                    )
                )

    # --------------------------------------------------------------- Computes

    @api.depends('commercial_partner_id.is_dealer')
    def _compute_dealer_id(self):
        for partner in self:
            commercial = partner.commercial_partner_id
            partner.dealer_id = commercial if commercial.is_dealer else False

    def _get_dealers_above(self):
        """The dealers that these contacts are, or stand below at any depth, be they companies or not."""
        dealers = partners = self
        while partners := partners.parent_id - dealers:
            dealers |= partners
        return dealers.filtered('is_dealer')

    def _search_dealer_id(self, operator, value):
        if operator not in ('in', 'any'):
            return NotImplemented
        if operator == 'in' and False in value:
            others = set(value) - {False}
            domain = Domain('commercial_partner_id.is_dealer', '=', False)
            return domain | Domain('dealer_id', 'in', others) if others else domain
        return Domain('commercial_partner_id.is_dealer', '=', True) & Domain('commercial_partner_id', operator, value)

    # ------------------------------------------------------------------- CRUD

    @api.model
    def default_get(self, fields):
        defaults = super().default_get(fields)
        if self.env.context.get('default_is_dealer'):
            prepared = self._prepare_dealer_defaults()
            defaults = {**{name: prepared[name] for name in prepared.keys() & set(fields)}, **defaults}
        return defaults

    @api.model_create_multi
    def create(self, vals_list):
        dealer_vals = [vals for vals in vals_list if self._vals_make_dealer(vals)]
        if dealer_vals:
            self._check_channel_staff()
            defaults = self._prepare_dealer_defaults()
            for vals in dealer_vals:
                self._complete_dealer_vals(vals, defaults)
                self._check_upstream_readable(vals)
            if with_code := [vals for vals in dealer_vals if (vals.get('dealer_code') or '').strip()]:
                self.browse()._check_dealer_codes_free(
                    [(vals['dealer_code'], vals.get('company_id') or False, vals.get('name')) for vals in with_code]
                )
            self._fill_dealer_codes(dealer_vals)
        partners = super().create(vals_list)
        partners._check_created_rights()
        if dealer_vals:
            partners._start_dealers(partners.filtered('is_dealer'), created=True)
        return partners

    def write(self, vals):
        if vals.keys().isdisjoint(self._get_channel_fields() | {'grade_id', 'company_id'}):
            return super().write(vals)
        self._check_dealer_rights(vals)
        self._check_upstream_readable(vals)
        if 'is_dealer' in vals and not vals['is_dealer']:
            vals = self._prepare_unmake_dealer_vals(vals)
        if vals.get('dealer_code') or 'company_id' in vals:
            dealers = self.filtered(lambda partner: partner.is_dealer or vals.get('is_dealer'))
            dealers._check_dealer_codes_free(
                [
                    (code, vals.get('company_id', dealer.company_id.id), dealer.name)
                    for dealer in dealers
                    if (code := vals.get('dealer_code', dealer.dealer_code))
                ]
            )
        new_dealers = vals.get('is_dealer') and self.filtered(lambda partner: not partner.is_dealer)
        if not new_dealers:
            return super().write(vals)
        new_dealers._check_may_become_dealers()
        new_vals = {**self._prepare_dealer_defaults(), **vals}
        codes = {} if vals.get('dealer_code') else new_dealers._next_dealer_codes()
        for partner in new_dealers:
            # A code of its own for each.
            code = codes and codes[partner.company_id.id].pop(0)
            super(ResPartner, partner).write({**new_vals, 'dealer_code': code} if code else new_vals)
        self._start_dealers(new_dealers)
        return super(ResPartner, self - new_dealers).write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_dealer(self):
        dealers = self.filtered('is_dealer')
        if dealers:
            self._check_channel_staff()
            dealers._check_without_history(
                self.env._('The dealer "%s" has a history and cannot be deleted. Terminate and archive it instead.')
            )

    def _check_are_dealers(self):
        if others := self.filtered(lambda partner: not partner.is_dealer):
            raise UserError(self.env._('"%s" is not a dealer.', others[0].display_name))

    def _check_without_history(self, message):
        """Raise ``message`` with the name of a dealer that has been more than a prospect, or graded."""
        # A history counts, whoever may read it.
        for dealer in self.sudo():
            if dealer.dealer_state != 'prospect' or dealer.dealer_joined_date or dealer.tier_period_ids:
                raise UserError(message % dealer.display_name)

    # ------------------------------------------------------ Becoming a dealer

    @api.model
    def _vals_make_dealer(self, vals):
        """Whether creating with ``vals`` makes a dealer.

        Only they or the app's context say so: no user's own default does, and none reaches the
        dealer's contacts.
        """
        is_commercial = not vals.get('parent_id') or bool(vals.get('is_company'))
        vals.setdefault('is_dealer', bool(self.env.context.get('default_is_dealer')) and is_commercial)
        if not vals['is_dealer']:
            vals.update(dict.fromkeys(('dealer_code', 'dealer_state'), False))
        return vals['is_dealer']

    def _check_may_become_dealers(self):
        """Refuse our own companies and people: they are on the other side of the contract."""
        # Whoever makes dealers need not be allowed to read companies and users.
        partners = self.sudo()
        own = partners.filtered('ref_company_ids') | partners.user_ids.filtered(lambda user: not user.share).partner_id
        if own:
            raise UserError(
                self.env._('"%s" is one of our own companies or users and cannot be a dealer.', own[0].display_name)
            )

    @api.model
    def _prepare_dealer_defaults(self):
        """Values of a new dealer where nothing else is said."""
        is_staff = self.env.user.has_group('dealer_management.group_dealer_staff_own')
        return {
            'is_dealer': True,
            'dealer_state': 'prospect',
            'channel_account_manager_id': self.env.uid if is_staff and not self.env.su else False,
        }

    @api.model
    def _complete_dealer_vals(self, vals, defaults):
        """Fill in what a new dealer needs and ``vals`` leave open; an empty cell of an import is open."""
        for name, value in defaults.items():
            vals.setdefault(name, self.env.context.get(f'default_{name}', value))
        if not vals.get('dealer_state', True):
            vals['dealer_state'] = defaults['dealer_state']
        if not vals.get('channel_account_manager_id', True) and not self.env.user.has_group(
            'dealer_management.group_dealer_staff'
        ):
            # Whoever sees only their own dealers makes them their own.
            vals['channel_account_manager_id'] = defaults['channel_account_manager_id']
        if 'company_type' not in vals:
            vals.setdefault('is_company', not vals.get('parent_id'))
        return vals

    @api.model
    def _start_dealers(self, dealers, created=False):
        """What follows when ``dealers`` have just become dealers: their first tier is applied.

        :param bool created: whether their records are new too, so that they have no history
        """
        dealers.filtered('grade_id')._follow_tier_change(created=created)

    def _prepare_unmake_dealer_vals(self, vals):
        """Values that turn prospects back into plain contacts.

        :raise UserError: if one of them has been more than a prospect, was graded, or supplies others
        """
        dealers = self.filtered('is_dealer')
        dealers._check_without_history(
            self.env._('The dealer "%s" is more than a prospect: terminate it to end the relation.')
        )
        if supplied := dealers.sudo().downstream_dealer_ids[:1]:
            raise UserError(
                self.env._(
                    '"%s" supplies other dealers: give them another upstream dealer first.',
                    supplied.upstream_dealer_id.display_name,
                )
            )
        return {**vals, 'dealer_state': False, 'dealer_code': False, 'upstream_dealer_id': False}

    def action_make_dealer(self):
        """Make the commercial partners of ``self`` dealers, as prospects; dealers stay as they are."""
        partners = self.commercial_partner_id.filtered(lambda partner: not partner.is_dealer)
        partners.write({'is_dealer': True})
        return self.commercial_partner_id._get_records_action(context={'form_view_ref': 'base.view_partner_form'})

    # ----------------------------------------------------------------- Rights

    @api.model
    def _get_channel_fields(self):
        """The fields of a dealer that only channel staff may set; see ``_check_dealer_rights``."""
        return frozenset(
            {
                'is_dealer',
                'dealer_code',
                'dealer_state',
                'dealer_state_reason',
                'dealer_type_id',
                'channel_account_manager_id',
                'upstream_dealer_id',
                'dealer_joined_date',
                'dealer_ended_date',
            }
        )

    # ---------------------------------------------------------------- Actions

    @api.model
    def get_import_templates(self):
        """In the dealers' list, offer the template for dealers."""
        if self.env.context.get('default_is_dealer'):
            return [
                {
                    'label': self.env._('Import Template for Dealers'),
                    'template': '/dealer_management/static/csv/dealers.csv',
                }
            ]
        return super().get_import_templates()
