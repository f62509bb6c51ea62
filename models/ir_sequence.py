from odoo import api, models
from odoo.tools import SQL


class IrSequence(models.Model):
    _inherit = 'ir.sequence'

    @api.model
    @api.private
    def next_by_code_batch(self, sequence_code, count):
        """Draw ``count`` numbers at once from the current company's sequence of that code.

        Standard sequences without date ranges take one query for the numbers, whatever the
        count; the others fall back to one call a number.

        :param str sequence_code: code of the sequence, as for :meth:`next_by_code`
        :param int count: how many numbers are wanted
        :return: ``count`` different strings, or an empty list if there is no such sequence
        :rtype: list[str]
        """
        if not count:
            return []
        self.browse().check_access('read')
        sequence = self.search_fetch(
            [('code', '=', sequence_code), ('company_id', 'in', [self.env.company.id, False])],
            ['prefix', 'suffix', 'padding', 'use_date_range', 'implementation'],
            order='company_id',
            limit=1,
        )
        if not sequence:
            return []
        if sequence.use_date_range or sequence.implementation != 'standard':
            return [sequence.next_by_id() for _number in range(count)]
        rows = self.env.execute_query(
            SQL('SELECT nextval(%s) FROM generate_series(1, %s)', f'ir_sequence_{sequence.id:03d}', count)
        )
        # The prefix and suffix are the same for all: they are worked out once.
        prefix, suffix = sequence._get_prefix_suffix()
        return [f'{prefix}{number:0{sequence.padding}d}{suffix}' for (number,) in rows]
