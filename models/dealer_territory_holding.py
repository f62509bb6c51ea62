from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.spans import subtree
from .arguments import read_day, read_record


class DealerTerritory(models.Model):
    """Who holds a territory: what is granted there, what is still free, and how many dealers there are."""

    _inherit = 'dealer.territory'

    authorization_ids = fields.One2many('dealer.authorization', 'territory_id', 'Grants of This Territory')
    holding_ids = fields.Many2many(
        'dealer.authorization',
        compute='_compute_holdings',
        string='Grants in Force',
        help='Grants in force today that reach here: of this territory, of those above and of those below.',
    )
    holding_state = fields.Selection(
        [('held', 'Granted'), ('part', 'Partly Granted'), ('open', 'Not Granted')],
        'Coverage',
        compute='_compute_holdings',
        search='_search_holding_state',
        help='Granted: by a grant of this territory or of one above it. Partly: only territories below it are'
        ' granted. Not granted: white space.',
    )
    exclusive_dealer_id = fields.Many2one(
        'res.partner',
        compute='_compute_holdings',
        help='Who holds an exclusive or sole grant that covers this territory today, if it is one dealer.',
    )
    held_until = fields.Date(compute='_compute_holdings', help='The first day on which one of the grants here ends.')
    dealer_count = fields.Integer(
        'Dealers', compute='_compute_holdings', help='How many dealers hold grants here and below today.'
    )
    is_over_quota = fields.Boolean(compute='_compute_holdings')

    @api.depends('parent_path', 'dealer_quota')
    def _compute_holdings(self):
        """By what grants really cover, so that what one carves out is free until another covers it."""
        reaching, inside = defaultdict(set), defaultdict(set)
        for territory_id, grant_id, covers, below in self._find_grants_in_force():
            if covers:
                reaching[territory_id].add(grant_id)
            inside[territory_id].add(grant_id)
            if below:
                inside[territory_id, 'below'].add(grant_id)
        # All of them by one query: at the top of the tree there are many thousands, which would be read by the thousand;
        # with the company, by which the access rule of what is assigned below is checked.
        grants = self.env['dealer.authorization'].search_fetch(
            [('id', 'in', list(set().union(*inside.values())))],
            ['kind', 'dealer_id', 'valid_until', 'company_id'],
            order='id',
        )
        for territory in self:
            covering = grants.browse(sorted(reaching[territory.id]))
            touching = grants.browse(sorted(inside[territory.id]))
            below = grants.browse(sorted(inside[territory.id, 'below']))
            exclusive = covering.filtered(lambda grant: grant.kind != 'shared').dealer_id
            territory.holding_ids = touching
            territory.holding_state = 'held' if covering else 'part' if touching else 'open'
            territory.exclusive_dealer_id = exclusive if len(exclusive) == 1 else False
            territory.held_until = min(touching.mapped('valid_until'), default=False)
            territory.dealer_count = len(below.dealer_id)
            territory.is_over_quota = bool(territory.dealer_quota) and len(below.dealer_id) > territory.dealer_quota

    def _find_grants_in_force(self):
        """The grants in force today that reach these territories or a part of them, by one query.

        :return: rows ``(territory id, grant id, whether it covers the territory itself, whether it
            is a grant of this territory or of one below)``
        """
        stored = self.filtered('parent_path')
        if not stored:
            return []
        self.env['dealer.authorization'].flush_model()
        self.env['dealer.authorization.coverage'].flush_model()
        spans = [subtree(territory.parent_path) for territory in stored]
        days = {company: company._get_dealer_date() for company in stored.company_id}
        # Each node looks into the index of coverages by itself (OFFSET 0), and only what it finds there is joined with
        # grants: how many ranges overlap is nothing that the planner knows, and by its guess it would compare every
        # node with every coverage.
        return self.env.execute_query(
            SQL(
                """WITH touched AS MATERIALIZED (
                       SELECT node.*, box.authorization_id,
                              dealer_path_range(box.place_low, box.place_high) @> node.low AS covers
                         FROM unnest(%s::int[], %s::text[], %s::text[], %s::int[], %s::date[])
                              AS node (id, low, high, company, day)
                   CROSS JOIN LATERAL (SELECT * FROM dealer_authorization_coverage
                                        WHERE company_id = node.company
                                          AND dealer_path_range(place_low, place_high)
                                              && dealer_path_range(node.low, node.high)
                                       OFFSET 0) box
                   )
                   SELECT touched.id, grants.id, bool_or(touched.covers),
                          bool_or(granted.parent_path COLLATE "C" >= touched.low
                                  AND granted.parent_path COLLATE "C" < touched.high)
                     FROM touched
                     JOIN dealer_authorization grants ON grants.id = touched.authorization_id
                     JOIN dealer_territory granted ON granted.id = grants.territory_id
                    WHERE grants.date_from <= touched.day AND grants.valid_until >= touched.day
                    GROUP BY touched.id, grants.id""",
                stored.ids,
                [span.low for span in spans],
                [span.high for span in spans],
                [territory.company_id.id for territory in stored],
                [days[territory.company_id] for territory in stored],
            )
        )

    def _search_holding_state(self, operator, value):
        if operator != 'in':
            return NotImplemented
        # The states of all territories that the user may see: a few hundred at most, by one query.
        every = self.with_context(active_test=False)
        territories = every.search_fetch([], ['parent_path', 'company_id'])
        touched, held = set(), set()
        for territory_id, _grant_id, covers, _below in territories._find_grants_in_force():
            touched.add(territory_id)
            if covers:
                held.add(territory_id)
        ids = {'held': held, 'part': touched - held, 'open': set(territories.ids) - touched}
        return Domain('id', 'in', list(set().union(*(ids[state] for state in value if state in ids))))

    def action_view_authorizations(self):
        """Open the grants that reach this territory, in force or not."""
        self.ensure_one()
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id('dealer_management.dealer_authorization_action')
        action['domain'] = ['|', ('territory_id', 'child_of', self.id), ('territory_id', 'parent_of', self.id)]
        action['context'] = {'default_territory_id': self.id, 'search_default_in_force': 1}
        return action

    def action_view_dealers(self):
        """Open the dealers that hold grants here and below today."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('dealer_management.dealer_action')
        inside = self.holding_ids.filtered(lambda grant: grant.territory_id.parent_path.startswith(self.parent_path))
        action['domain'] = [('id', 'in', inside.dealer_id.ids)]
        action['context'] = {}
        return action

    # ---------------------------------------------------------------- Routing

    @api.model
    def route_request(self, address, product_tmpl_id=False, channel_id=False, date=None, company_id=False):
        """Say whose a request from this address is: a web lead, a new trade account, a call for service.

        In an exclusive or sole area the request belongs to the dealer who holds it; elsewhere to
        head office. A request that names no product belongs to who holds all of them.

        :param dict address: ``country_id``, ``state_id`` (ids), ``city`` and ``zip``; each may be left out
        :param int product_tmpl_id: the product template that is asked for
        :param int channel_id: the ``dealer.channel`` it comes by
        :param str date: the day; today unless given
        :param int company_id: the company that is asked; the current one unless given
        :return: ``{'territory_id': id or False, 'dealer_id': id or False, 'authorization_id': id or
            False}``; ``dealer_id`` False means head office
        :rtype: dict
        """
        self.check_access('read')
        if not isinstance(address, dict) or not all(
            isinstance(address.get(name) or '', str) for name in ('city', 'zip')
        ):
            raise UserError(self.env._('An address is given by country_id, state_id, city and zip; ids are numbers.'))
        company = read_record(self.env['res.company'], company_id) or self.env.company
        state = read_record(self.env['res.country.state'], address.get('state_id'))
        country = read_record(self.env['res.country'], address.get('country_id')) or state.country_id
        product = read_record(self.env['product.template'], product_tmpl_id)
        channel = read_record(self.env['dealer.channel'], channel_id)
        day = read_day(self.env, date) or company._get_dealer_date()
        key = (
            country.id,
            state.id,
            address.get('city') or False,
            address.get('zip') or False,
        )
        territory = self._resolve_addresses(company, [key])[0]
        holders = self._find_exclusive_holders(company, territory, product.id, channel.id, day)
        holder = holders if len(holders.dealer_id) == 1 else holders.browse()
        return {
            'territory_id': territory.id,
            'dealer_id': holder.dealer_id.id,
            'authorization_id': holder[:1].id,
        }

    @api.model
    def _find_exclusive_holders(self, company, territory, product_tmpl_id, channel_id, day):
        """The exclusive and sole grants, in sudo, that cover a territory for a product, or for any."""
        grants = self.env['dealer.authorization'].sudo()
        if not territory:
            return grants
        template = self.env['product.template'].sudo().browse(product_tmpl_id or ())
        coverages = (
            self.env['dealer.authorization.coverage']
            .sudo()
            .search(
                [
                    ('company_id', '=', company.root_id.id),
                    ('authorization_id.territory_id', 'parent_of', territory.id),
                    ('kind', '!=', 'shared'),
                    *([('channel_id', 'in', [channel_id, False])] if channel_id else []),
                    ('date_from', '<=', day),
                    ('authorization_id.valid_until', '>=', day),
                ]
            )
        )
        return coverages.filtered(
            lambda box: (
                box.place_low <= territory.parent_path < box.place_high
                and (
                    box.product_low <= grants._get_product_path(template) < box.product_high
                    if template
                    else box.authorization_id.product_scope == 'all'
                )
            )
        ).authorization_id
