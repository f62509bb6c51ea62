from odoo import api, fields, models


class DealerRebatePart(models.AbstractModel):
    """What belongs to one program and can be changed as long as the program can."""

    _name = 'dealer.rebate.part'
    _description = 'Part of a Rebate Program'

    program_id = fields.Many2one('dealer.rebate.program', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='program_id.company_id')
    currency_id = fields.Many2one(related='program_id.currency_id')

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts._check_program()
        return parts

    def write(self, vals):
        self._check_program()
        result = super().write(vals)
        # It may have been moved into another program.
        self._check_program()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_fixed(self):
        self._check_program()

    def _check_program(self):
        """Check that the programs can still be changed.

        :raise UserError: once they were handed in
        """
        if not self.env.su:
            self.program_id._check_can_be_changed()


class DealerRebateBand(models.Model):
    """From a threshold on, until the next one: what is paid. The highest band is open."""

    _name = 'dealer.rebate.band'
    _description = 'Band of a Rebate Program'
    _inherit = ['dealer.rebate.part']
    _order = 'program_id, threshold, id'

    threshold = fields.Float(
        'From', required=True, digits=(16, 4), help='In what the bands look at: an amount, a quantity, or percent.'
    )
    until = fields.Float(
        digits=(16, 4),
        help='Optional, for tables that say so: has to be where the next band begins. Empty for the highest band.',
    )
    rate = fields.Float('Rate (%)', digits=(7, 4))
    amount = fields.Float(digits=(16, 4), help='For reaching the band, or for each unit.')
    buy_quantity = fields.Float('Buy', digits=(16, 4))
    free_quantity = fields.Float('Get Free', digits=(16, 4))
    has_excess_rate = fields.Boolean('Other Rate Above', help='Above its own threshold, the band pays another rate.')
    excess_rate = fields.Float('Rate Above (%)', digits=(7, 4))

    _threshold_unique = models.UniqueIndex('(program_id, threshold)', 'Two bands cannot begin at the same threshold.')
