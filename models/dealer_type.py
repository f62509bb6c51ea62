from odoo import fields, models


class DealerType(models.Model):
    """How a dealer works with us: distributor, agent, franchise…

    A company adds facts of its own to the dealers of a type without code, by the properties
    that the type defines.
    """

    _name = 'dealer.type'
    _description = 'Dealer Type'
    _order = 'sequence, id'
    _rec_names_search = ['name', 'code']

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help='Short code that imports and other systems use.')
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    description = fields.Text(translate=True)
    dealer_properties_definition = fields.PropertiesDefinition('Facts of Its Dealers')
    dealer_count = fields.Integer('Dealers', compute='_compute_dealer_count')

    _code_unique = models.Constraint('UNIQUE (code)', 'Two dealer types cannot have the same code.')

    def _compute_dealer_count(self):
        counts = dict(
            self.env['res.partner']._read_group(
                [('is_dealer', '=', True), ('dealer_type_id', 'in', self.ids)],
                ['dealer_type_id'],
                ['__count'],
            )
        )
        for dealer_type in self:
            dealer_type.dealer_count = counts.get(dealer_type, 0)

    def action_view_dealers(self):
        """Open the dealers of this type."""
        self.ensure_one()
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id('dealer_management.dealer_action')
        action['context'] = {
            'default_is_dealer': True,
            'default_is_company': True,
            'default_dealer_type_id': self.id,
            'search_default_dealer_type_id': self.id,
        }
        return action
