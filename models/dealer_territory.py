from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class DealerTerritory(models.Model):
    """A node in a company's tree of sales territories.

    A node claims areas of the map (see ``dealer.territory.area``) and is granted to dealers
    together with all that lies below it. One that claims none only groups those below.

    The tree belongs to a company with all its branches.
    """

    _name = 'dealer.territory'
    _description = 'Sales Territory'
    _inherit = ['mail.thread', 'mail.activity.mixin']
    _parent_store = True
    _order = 'sequence, id'
    _check_company_auto = True
    _rec_names_search = ['name', 'code']

    # ---------------------------------------------------------------- Fields

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(help='Short code that imports and other systems use.')
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        'res.company',
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company.root_id,
        domain=[('parent_id', '=', False)],
    )
    currency_id = fields.Many2one(related='company_id.currency_id')
    parent_id = fields.Many2one(
        'dealer.territory', 'Parent Territory', index=True, ondelete='restrict', check_company=True, tracking=True
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many('dealer.territory', 'parent_id', 'Territories Below')
    area_ids = fields.One2many('dealer.territory.area', 'territory_id', 'Areas', copy=False)
    area_summary = fields.Char('Claims', compute='_compute_area_summary')

    market_capacity = fields.Monetary(tracking=True, help='What the market here takes in a year.')
    population = fields.Integer()
    region_class_id = fields.Many2one('dealer.region.class', index='btree_not_null', ondelete='restrict')
    dealer_quota = fields.Integer(
        'Quota of Dealers',
        compute='_compute_dealer_quota',
        store=True,
        readonly=False,
        tracking=True,
        help='How many dealers may hold grants here and below at the same time; 0 for any number.'
        ' The region class proposes it.',
    )
    note = fields.Html()

    # ------------------------------------------------------------ Constraints

    _code_unique = models.UniqueIndex(
        '(company_id, code) WHERE code IS NOT NULL', 'Two territories cannot have the same code.'
    )
    _figures_positive = models.Constraint(
        'CHECK (market_capacity >= 0 AND population >= 0 AND dealer_quota >= 0)',
        'Market capacity, population and quota cannot be negative.',
    )

    @api.constrains('parent_id')
    def _check_no_circle(self):
        if self._has_cycle():
            raise ValidationError(self.env._('A territory cannot lie below itself.'))

    @api.constrains('company_id')
    def _check_company_is_root(self):
        for territory in self:
            if territory.company_id.parent_id:
                raise ValidationError(
                    self.env._(
                        'Territories belong to a company with all its branches: use %(company)s instead of %(branch)s.',
                        company=territory.company_id.root_id.name,
                        branch=territory.company_id.name,
                    )
                )

    @api.constrains('active', 'parent_id')
    def _check_archived(self):
        """An archived territory is out of use: it claims nothing, and nothing lies below it."""
        for territory in self:
            if not territory.active and (territory.area_ids or territory.child_ids):
                raise ValidationError(
                    self.env._(
                        'The territory "%s" still claims areas or has others below it: take them away before you'
                        ' archive it.',
                        territory.display_name,
                    )
                )
            if territory.active and territory.parent_id and not territory.parent_id.active:
                raise ValidationError(
                    self.env._('"%s" is archived: no territory lies below it.', territory.parent_id.display_name)
                )

    # --------------------------------------------------------------- Computes

    @api.depends('name', 'parent_path')
    def _compute_display_name(self):
        """The names from the top down: two towns of one name are told apart."""
        for territory in self:
            names = []
            node = territory
            while node:
                names.append(node.name or '')
                node = node.parent_id
            territory.display_name = ' / '.join(reversed(names))

    @api.depends('area_ids.display_name')
    def _compute_area_summary(self):
        for territory in self:
            territory.area_summary = self.env._(', ').join(territory.area_ids.mapped('display_name'))

    @api.depends('region_class_id')
    def _compute_dealer_quota(self):
        for territory in self:
            territory.dealer_quota = territory.region_class_id.dealer_quota or territory.dealer_quota

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        # A tree belongs to one company: what is put below a node is its company's.
        for vals in vals_list:
            if vals.get('parent_id') and not vals.get('company_id'):
                vals['company_id'] = self.browse(vals['parent_id']).company_id.id
        # The path of what is put below a node follows from the node's, which may be moving.
        self.browse(
            {vals['parent_id'] for vals in vals_list if vals.get('parent_id')}
        ).company_id._serialize_dealer_grants()
        return super().create(vals_list)

    def write(self, vals):
        if 'company_id' in vals and any(territory.company_id.id != vals['company_id'] for territory in self):
            raise UserError(self.env._('A territory stays with its company.'))
        if 'parent_id' not in vals:
            return super().write(vals)
        moved = self.filtered(lambda territory: territory.parent_id.id != vals['parent_id'])
        if moved:
            # Before the tree is read: whoever changes it at the same time comes before or after.
            moved.company_id._serialize_dealer_grants()
        result = super().write(vals)
        if moved:
            moved._check_areas_below()
        return result

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        return [
            {**vals, 'name': self.env._('%s (copy)', territory.name), 'code': False}
            for territory, vals in zip(self, vals_list, strict=True)
        ]

    def _get_subtree(self):
        """These territories and all below them, archived ones included."""
        return self.with_context(active_test=False).search([('id', 'child_of', self.ids)])

    def _check_areas_below(self):
        """Check the areas of these territories and of all below: see ``_check_place_in_tree``."""
        self._get_subtree().area_ids._check_place_in_tree()

    # -------------------------------------------------------------- Addresses

    @api.model
    def _resolve_addresses(self, company, addresses):
        """Find the territory of each address: the deepest node one of whose areas contains it.

        One query, whatever the size of the tree and the number of addresses.

        :param company: the ``res.company`` whose tree is asked
        :param addresses: list of ``(country_id, state_id, city, zip)``, each may be empty
        :return: list of ``dealer.territory``, in sudo and one for each address; empty where no
            area contains it
        """
        found = self.env['dealer.territory.area'].sudo()._find_territories(company.root_id, addresses)
        return [self.sudo().browse(found[address][0] if address in found else ()) for address in addresses]

    @api.model
    def _get_address_key(self, partner, company=None):
        """The address of a contact as ``_resolve_addresses`` takes it; one without a country lies in the company's."""
        country = partner.country_id or partner.state_id.country_id or (company and company.country_id)
        return (
            country.id if country else False,
            partner.state_id.id or False,
            partner.city or False,
            partner.zip or False,
        )
