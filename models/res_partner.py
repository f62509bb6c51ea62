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
    dealer_type_id = fields.Many2one('dealer.type', tracking=True, index=True)
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
        'CHECK ((is_dealer IS TRUE) = (dealer_state IS NOT NULL))',
        'A dealer has a state, and only a dealer.',
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
            taken[other.dealer_code].append((other.company_id.id, other.name))
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
        for partner in supplied:
            if partner._has_cycle('upstream_dealer_id'):
                raise ValidationError(
                    self.env._(
                        '"%(dealer)s" would in the end supply itself: "%(upstream)s" is one of its downstream dealers.',
                        dealer=partner.display_name,
                        upstream=partner.sudo().upstream_dealer_id.display_name,
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
            defaults.update(
                {name: value for name, value in self._prepare_dealer_defaults().items() if name in fields_list}
            )
        return defaults

    @api.model_create_multi
    def create(self, vals_list):
        dealer_vals = [vals for vals in vals_list if self._vals_make_dealer(vals)]
        if not dealer_vals:
            return super().create(vals_list)
        defaults = self._prepare_dealer_defaults()
        for vals in dealer_vals:
            self._check_dealer_rights(vals, new=True)
            vals.update({**defaults, **vals})
            if 'company_type' not in vals:
                vals.setdefault('is_company', not vals.get('parent_id'))
        if with_code := [vals for vals in dealer_vals if (vals.get('dealer_code') or '').strip()]:
            self.browse()._check_dealer_codes_free(
                [(vals['dealer_code'], vals.get('company_id') or False, vals.get('name')) for vals in with_code]
            )
        self._fill_dealer_codes(dealer_vals)
        partners = super().create(vals_list)
        partners._start_dealers(
            partners.browse(
                partner.id for partner, vals in zip(partners, vals_list, strict=True) if vals.get('is_dealer')
            )
        )
        return partners

    def write(self, vals):
        if vals.keys().isdisjoint(self._get_channel_fields() | {'grade_id', 'company_id'}):
            return super().write(vals)
        self._check_dealer_rights(vals)
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
        for partner in self:
            if partner.is_dealer and partner.dealer_state != 'prospect':
                raise UserError(
                    self.env._(
                        'The dealer "%s" has a history and cannot be deleted. Terminate and archive it instead.',
                        partner.display_name,
                    )
                )

    # ------------------------------------------------------ Becoming a dealer

    @api.model
    def _vals_make_dealer(self, vals):
        """Whether creating with ``vals`` makes a dealer; a default does not reach its contacts."""
        if 'is_dealer' not in vals and self.env.context.get('default_is_dealer'):
            vals['is_dealer'] = not vals.get('parent_id') or bool(vals.get('is_company'))
        return bool(vals.get('is_dealer'))

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
        # Staff draw numbers without the right to read sequences.
        sequences = self.env['ir.sequence'].sudo().with_company(company_id)
        codes = sequences.next_by_code_batch('dealer.code', count)
        if len(codes) < count:
            raise UserError(
                self.env._(
                    'There is no number sequence for dealer codes. Create one with the code "dealer.code",'
                    ' or give each dealer a code.'
                )
            )
        return codes

    @api.model
    def _start_dealers(self, dealers):
        """What follows when ``dealers`` have just become dealers: their first tier is applied."""
        dealers.filtered('grade_id')._follow_tier_change()

    def _prepare_unmake_dealer_vals(self, vals):
        """Values that turn prospects back into plain contacts.

        :raise UserError: if one of them has been more than a prospect
        """
        for partner in self:
            if partner.is_dealer and partner.dealer_state != 'prospect':
                raise UserError(
                    self.env._(
                        'The dealer "%s" is more than a prospect: terminate it to end the relation.',
                        partner.display_name,
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

    def _check_dealer_rights(self, vals, new=False):
        """Who may set what of a dealer, in one place for screens, imports and the API.

        * channel staff: the dealer's facts, and its first tier;
        * staff for all dealers: the channel account manager;
        * channel managers: a dealer's code, and every later tier;
        * the steps of its life: see ``_check_state_rights``.

        :raise AccessError: if the user lacks the role
        """
        if self.env.su:
            return
        user = self.env.user
        is_manager = user.has_group('dealer_management.group_dealer_manager')
        if is_manager:
            return
        touches_dealer = not self._get_channel_fields().isdisjoint(vals) or (
            'grade_id' in vals and any(partner.is_dealer for partner in self)
        )
        if touches_dealer and not user.has_group('dealer_management.group_dealer_staff_own'):
            raise AccessError(self.env._('Only channel staff can change what makes a contact a dealer.'))
        if new:
            return
        manager_only = []
        if 'dealer_code' in vals and self.filtered(
            lambda partner: partner.dealer_code and partner.dealer_code != vals['dealer_code']
        ):
            manager_only.append('dealer_code')
        if 'grade_id' in vals and self.filtered(
            lambda partner: partner.is_dealer and partner.grade_id and partner.grade_id.id != vals['grade_id']
        ):
            manager_only.append('grade_id')
        if manager_only:
            raise AccessError(
                self.env._(
                    'Only a channel manager can change this of a dealer: %s.',
                    ', '.join(self._fields[name]._description_string(self.env) for name in manager_only),
                )
            )
        if 'channel_account_manager_id' in vals and not user.has_group('dealer_management.group_dealer_staff'):
            changed = self.filtered(
                lambda partner: partner.channel_account_manager_id.id not in (False, vals['channel_account_manager_id'])
            )
            if changed:
                raise AccessError(self.env._('You look after your own dealers and cannot hand them to somebody else.'))

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
