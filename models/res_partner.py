from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
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
    dealer_code = fields.Char(copy=False)
    dealer_type_id = fields.Many2one('dealer.type', tracking=True, index='btree_not_null', ondelete='restrict')
    channel_account_manager_id = fields.Many2one(
        'res.users',
        tracking=True,
        index='btree_not_null',
        domain="[('share', '=', False)]",
        help='The named person on our side who looks after this dealer.',
    )
    upstream_dealer_id = fields.Many2one(
        'res.partner',
        tracking=True,
        index='btree_not_null',
        domain="[('is_dealer', '=', True), ('id', '!=', id)]",
        ondelete='restrict',
        help='The dealer that supplies this one; empty when it buys from us.',
    )
    downstream_dealer_ids = fields.One2many('res.partner', 'upstream_dealer_id', 'Downstream Dealers')
    downstream_dealer_count = fields.Integer(compute='_compute_downstream_dealer_count')
    dealer_joined_date = fields.Date(
        'Joined On', copy=False, help='Set when the dealer becomes active for the first time.'
    )
    dealer_ended_date = fields.Date('Ended On', copy=False)

    # ------------------------------------------------------------ Constraints

    # A dealer shared by all companies (no company: the range is open) has its code in each of them.
    _dealer_code_unique = models.Constraint(
        "EXCLUDE USING gist (dealer_code WITH =, int4range(company_id, company_id, '[]') WITH &&)"
        ' WHERE (dealer_code IS NOT NULL)',
        'This dealer code is already in use in the company.',
    )
    _dealer_has_state = models.Constraint(
        'CHECK ((is_dealer IS TRUE) = (dealer_state IS NOT NULL) AND (is_dealer IS TRUE OR dealer_code IS NULL))',
        'A dealer has a state and a code, and only a dealer.',
    )
    _dealer_upstream_not_self = models.Constraint(
        'CHECK (upstream_dealer_id != id)', 'A dealer cannot be its own upstream dealer.'
    )
    _dealer_state_index = models.Index('(dealer_state, dealer_code) WHERE is_dealer')
    _dealer_code_index = models.Index('(dealer_code) WHERE is_dealer')

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

    @api.constrains('dealer_code', 'is_dealer')
    def _check_dealer_code(self):
        for partner in self:
            if partner.is_dealer and not (partner.dealer_code or '').strip():
                raise ValidationError(self.env._('The dealer "%s" needs a code.', partner.display_name))

    def _check_dealer_codes_free(self, codes):
        """Check that no two dealers of a company have the same code; by one query, before they are written.

        The database holds the rule; this names the other dealer.

        :param list codes: ``(code, company id or False, name of the dealer)`` of ``self``, or of
            dealers that are about to be made
        :raise ValidationError: if a code is taken
        """
        taken = defaultdict(list)
        # Other companies' dealers are looked at for their codes only.
        for other in (
            self.sudo()
            .with_context(active_test=False)
            .search_fetch(
                [('dealer_code', 'in', list({code for code, _company, _name in codes})), ('id', 'not in', self.ids)],
                ['dealer_code', 'company_id', 'name'],
            )
        ):
            is_readable = not other.company_id or other.company_id in self.env.companies
            name = other.name if is_readable else self.env._('a dealer of another company')
            taken[other.dealer_code].append((other.company_id.id, name))
        for code, company, name in codes:
            for other_company, other_name in taken[code]:
                if not company or not other_company or company == other_company:
                    raise ValidationError(
                        self.env._(
                            'The dealer code %(code)s of "%(dealer)s" is already that of "%(other)s".',
                            code=code,
                            dealer=name,
                            other=other_name,
                        )
                    )
            taken[code].append((company, name))

    @api.constrains('upstream_dealer_id')
    def _check_upstream_dealer(self):
        supplied = self.filtered('upstream_dealer_id')
        if not supplied:
            return
        for partner in supplied:
            if not partner.is_dealer or not partner.sudo().upstream_dealer_id.is_dealer:
                raise ValidationError(
                    self.env._(
                        'Only a dealer can supply a dealer: please check "%(dealer)s" and its upstream dealer "%(upstream)s".',
                        dealer=partner.display_name,
                        upstream=partner.sudo().upstream_dealer_id.display_name,
                    )
                )
        supplied._lock_upstream_chain()
        if not supplied._has_cycle('upstream_dealer_id'):
            return
        for partner in supplied:
            if partner._has_cycle('upstream_dealer_id'):
                raise ValidationError(
                    self.env._(
                        '"%(dealer)s" would in the end supply itself: "%(upstream)s" is one of its downstream dealers.',
                        dealer=partner.display_name,
                        upstream=partner.sudo().upstream_dealer_id.display_name,
                    )
                )

    @api.constrains('upstream_dealer_id', 'grade_id', 'company_id', 'is_dealer')
    def _check_dealer_company(self):
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

    def _lock_upstream_chain(self):
        """Lock the dealers above, so that two changes at once cannot close a circle together.

        Under REPEATABLE READ neither of two transactions sees the other's new link. Each writes
        its own dealer and locks all those above it; a circle needs each to lock what the other
        has written, and PostgreSQL then lets one of them fail with a serialization error (or a
        deadlock), which Odoo runs again: the second run sees the first one's link.
        """
        self.flush_model(['upstream_dealer_id'])
        self.env.cr.execute(
            """
            WITH RECURSIVE above(id) AS (
                SELECT upstream_dealer_id FROM res_partner WHERE id = ANY(%s)
                UNION
                SELECT p.upstream_dealer_id FROM res_partner p JOIN above ON p.id = above.id
                 WHERE p.upstream_dealer_id IS NOT NULL
            )
            SELECT id FROM res_partner WHERE id IN (SELECT id FROM above) ORDER BY id FOR NO KEY UPDATE
            """,
            [self.ids],
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

    def _compute_downstream_dealer_count(self):
        counts = dict(self._read_group([('upstream_dealer_id', 'in', self.ids)], ['upstream_dealer_id'], ['__count']))
        for partner in self:
            partner.downstream_dealer_count = counts.get(partner, 0)

    # ------------------------------------------------------------------- CRUD

    @api.model
    def default_get(self, fields_list):
        defaults = super().default_get(fields_list)
        if self.env.context.get('default_is_dealer'):
            prepared = self._prepare_dealer_defaults()
            defaults = {**{name: prepared[name] for name in prepared.keys() & set(fields_list)}, **defaults}
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
    def _fill_dealer_codes(self, vals_list):
        """Give a code to each of ``vals_list`` that has none, drawn in one go per company."""
        by_company = defaultdict(list)
        for vals in vals_list:
            if not (vals.get('dealer_code') or '').strip():
                company = vals.get('company_id', self.env.context.get('default_company_id'))
                by_company[company or self.env.company.id].append(vals)
        for company_id, missing in by_company.items():
            codes = self._draw_dealer_codes(company_id, len(missing))
            for vals, code in zip(missing, codes, strict=True):
                vals['dealer_code'] = code

    def _next_dealer_codes(self):
        """Return ``{company id or False: [code, …]}``, one code for each partner of ``self``."""
        return {
            company.id: self._draw_dealer_codes(company.id or self.env.company.id, len(partners))
            for company, partners in self.grouped('company_id').items()
        }

    @api.model
    def _draw_dealer_codes(self, company_id, count):
        """Draw ``count`` codes that no dealer of the company has yet.

        A number that somebody has given by hand is passed over.
        """
        # Staff draw numbers without the right to read sequences; all dealers' codes count.
        sequences = self.env['ir.sequence'].sudo().with_company(company_id)
        dealers = self.sudo().with_context(active_test=False)
        codes, size = [], count
        while len(codes) < count:
            drawn = sequences.next_by_code_batch('dealer.code', size)
            if not drawn:
                raise UserError(
                    self.env._(
                        'There is no number sequence for dealer codes. Create one with the code "dealer.code",'
                        ' or give each dealer a code.'
                    )
                )
            taken = set(
                dealers.search_fetch(
                    [('dealer_code', 'in', drawn), ('company_id', 'in', [company_id, False])], ['dealer_code']
                ).mapped('dealer_code')
            )
            codes += [code for code in drawn if code not in taken]
            size = min(2 * size, 1000)  # a long stretch of taken numbers is passed in few steps
        return codes[:count]

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

    @api.model
    def _check_channel_staff(self):
        if not self.env.su and not self.env.user.has_group('dealer_management.group_dealer_staff_own'):
            raise AccessError(self.env._('Only channel staff can change what makes a contact a dealer.'))

    def _check_created_rights(self):
        """Only channel staff create contacts with a dealer's fields, whichever default fills them."""
        if self.env.su or self.env.user.has_group('dealer_management.group_dealer_staff_own'):
            return
        names = self._get_channel_fields()
        # In sudo: fields that the user cannot read are judged as well.
        if any(partner[name] for partner in self.sudo() for name in names):
            self._check_channel_staff()

    @api.model
    def _check_upstream_readable(self, vals):
        """An upstream dealer must be one that the user may see: nothing is learnt by guessing ids."""
        if vals.get('upstream_dealer_id') and not self.env.su:
            self.browse(vals['upstream_dealer_id']).check_access('read')

    def _check_dealer_rights(self, vals):
        """Who may change what of a dealer, in one place for screens, imports and the API.

        * channel staff: the dealer's facts, and its first tier;
        * staff for all dealers: the channel account manager;
        * channel managers: a dealer's code and end, every later tier, and that it is a dealer no more;
        * the steps of its life: see ``_check_state_rights``.

        Writing what is there already, as the merging of contacts does, takes no right.

        :raise AccessError: if the user lacks the role
        """
        user = self.env.user
        if self.env.su or user.has_group('dealer_management.group_dealer_manager'):
            return
        changed = {name for name in self._get_channel_fields() & vals.keys() if self._is_changed_by(name, vals[name])}
        dealers = self.filtered('is_dealer')
        if 'grade_id' in vals and dealers and self._is_changed_by('grade_id', vals['grade_id']):
            changed.add('grade_id')
        if not changed:
            return
        self._check_channel_staff()
        managed = changed & {'dealer_ended_date'}
        if dealers:
            managed |= changed & {'is_dealer', 'dealer_code'}
            # The first tier is staff's, as long as there has been none; a history counts, read or not.
            if 'grade_id' in changed and dealers.sudo().tier_period_ids:
                managed.add('grade_id')
        if managed:
            raise AccessError(
                self.env._(
                    'Only a channel manager can change this of a dealer: %s.',
                    ', '.join(self._fields[name]._description_string(self.env) for name in sorted(managed)),
                )
            )
        if 'channel_account_manager_id' in changed and not user.has_group('dealer_management.group_dealer_staff'):
            handed_over = dealers.filtered('channel_account_manager_id')
            if handed_over:
                raise AccessError(self.env._('You look after your own dealers and cannot hand them to somebody else.'))

    def _is_changed_by(self, name, value):
        """Whether writing ``value`` into the field changes any record of ``self``."""
        field = self._fields[name]
        if field.type in ('properties', 'one2many', 'many2many'):
            return True
        value = field.convert_to_cache(value, self, validate=False)
        return any(field.convert_to_cache(partner[name], partner, validate=False) != value for partner in self.sudo())

    # ---------------------------------------------------------------- Actions

    def action_view_downstream_dealers(self):
        """Open the dealers that this dealer supplies."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('dealer_management.dealer_action')
        action['domain'] = [('upstream_dealer_id', '=', self.id)]
        action['context'] = {
            'default_is_dealer': True,
            'default_is_company': True,
            'default_upstream_dealer_id': self.id,
        }
        return action

    @property
    def _rec_names_search(self):
        """Any contact field also finds a dealer by its code."""
        return [*super()._rec_names_search, 'dealer_code']

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
