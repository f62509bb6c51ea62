from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain


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
        'Exclusive Dealer',
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
        grants_by_node = self._get_grants_by_node()
        by_id = {node.id: node for node in grants_by_node}
        below = defaultdict(lambda: self.env['dealer.authorization'])
        for node, grants in grants_by_node.items():
            for ancestor in node.parent_path.split('/')[:-1]:
                below[int(ancestor)] |= grants
        for territory in self:
            path = [int(node) for node in (territory.parent_path or '').split('/')[:-1]]
            reaching = self.env['dealer.authorization'].union(
                *(grants_by_node[by_id[node]] for node in path if node in by_id)
            )
            inside = below[territory.id]
            exclusive = reaching.filtered(lambda grant: grant.kind != 'shared').dealer_id
            territory.holding_ids = reaching | inside
            territory.holding_state = 'held' if reaching else 'part' if inside else 'open'
            territory.exclusive_dealer_id = exclusive if len(exclusive) == 1 else False
            territory.held_until = min((reaching | inside).mapped('valid_until'), default=False)
            territory.dealer_count = len(inside.dealer_id)
            territory.is_over_quota = bool(territory.dealer_quota) and len(inside.dealer_id) > territory.dealer_quota

    def _get_grants_by_node(self):
        """Return ``{territory: its grants in force today}`` of the companies of ``self``, by one query."""
        grants = self.env['dealer.authorization']
        domains = [
            grants._get_valid_domain(company._get_dealer_date()) & Domain('company_id', '=', company.id)
            for company in self.company_id
        ]
        found = grants.search_fetch(
            Domain.OR(domains), ['territory_id', 'dealer_id', 'kind', 'valid_until'], order='id'
        )
        return found.grouped('territory_id')

    def _search_holding_state(self, operator, value):
        if operator != 'in':
            return NotImplemented
        grants = self.env['dealer.authorization']
        today = self.env.company._get_dealer_date()
        nodes = [node.id for (node,) in grants._read_group(grants._get_valid_domain(today), ['territory_id'])]
        held = Domain('id', 'child_of', nodes)
        touched = Domain('id', 'parent_of', nodes)
        domains = {'held': held, 'part': touched & ~held, 'open': ~held & ~touched}
        return Domain.OR(domains[state] for state in value if state in domains)

    def action_view_authorizations(self):
        """Open the grants that reach this territory, in force or not."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('dealer_management.dealer_authorization_action')
        action['domain'] = ['|', ('territory_id', 'child_of', self.id), ('territory_id', 'parent_of', self.id)]
        action['context'] = {'default_territory_id': self.id, 'search_default_in_force': 1}
        return action

    def action_view_dealers(self):
        """Open the dealers that hold grants here and below today."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('dealer_management.dealer_action')
        inside = self.holding_ids.filtered(
            lambda grant: grant.territory_id.parent_path.startswith(self.parent_path)
        )
        action['domain'] = [('id', 'in', inside.dealer_id.ids)]
        action['context'] = {}
        return action

    # ---------------------------------------------------------------- Routing

    @api.model
    def route_request(self, address, product_tmpl_id=False, channel_id=False, date=None, company_id=False):
        """Say whose a request from this address is: a web lead, a new trade account, a call for service.

        In an exclusive or sole area the request belongs to the dealer who holds it; elsewhere to
        head office, and there too where several hold different products and none is named.

        :param dict address: ``country_id``, ``state_id`` (ids), ``city`` and ``zip``; each may be left out
        :param int product_tmpl_id: the product template that is asked for
        :param int channel_id: the ``dealer.channel`` it comes by
        :param date: the day; today unless given
        :param int company_id: the company that is asked; the current one unless given
        :return: ``{'territory_id': id or False, 'dealer_id': id or False, 'authorization_id': id or
            False}``; ``dealer_id`` False means head office
        :rtype: dict
        """
        self.check_access('read')
        company = self.env['res.company'].browse(company_id) if company_id else self.env.company
        day = fields.Date.to_date(date) or company._get_dealer_date()
        key = (
            address.get('country_id')
            or self.env['res.country.state'].browse(address.get('state_id') or ()).country_id.id,
            address.get('state_id') or False,
            address.get('city') or False,
            address.get('zip') or False,
        )
        territory = self._resolve_addresses(company, [key])[0]
        holders = self._find_exclusive_holders(company, territory, product_tmpl_id, channel_id, day)
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
        coverages = self.env['dealer.authorization.coverage'].sudo().search(
            [
                ('company_id', '=', company.root_id.id),
                ('authorization_id.territory_id', 'parent_of', territory.id),
                ('kind', '!=', 'shared'),
                ('channel_id', 'in', [channel_id, False]),
                ('date_from', '<=', day),
                ('authorization_id.valid_until', '>=', day),
            ]
        )
        return coverages.filtered(
            lambda box: box.place_low <= territory.parent_path < box.place_high
            and (not template or box.product_low <= grants._get_product_path(template) < box.product_high)
        ).authorization_id
