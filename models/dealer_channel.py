from odoo import fields, models


class DealerChannel(models.Model):
    """A way in which goods reach their users: shops, key accounts, the web, projects…"""

    _name = 'dealer.channel'
    _description = 'Sales Channel of Dealers'
    _order = 'sequence, id'
    _rec_names_search = ['name', 'code']

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help='Short code that imports and other systems use.')
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint('UNIQUE (code)', 'Two channels cannot have the same code.')
