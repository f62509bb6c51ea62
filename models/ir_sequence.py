from odoo import api, models, tools
from odoo.tools import SQL


class IrSequence(models.Model):
    _inherit = 'ir.sequence'

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    def next_by_code_batch(self, sequence_code, count):
        """Draw ``count`` numbers at once from the current company's sequence of that code.

        Plain sequences (standard, without date ranges and dates in their prefix) take one query,
        whatever the count; the others fall back to one call a number.

        :param str sequence_code: code of the sequence, as for :meth:`next_by_code`
        :param int count: how many numbers are wanted
        :return: ``count`` different strings, or an empty list if there is no such sequence
        :rtype: list[str]
        """
        if not count:
            return []
        self.browse().check_access('read')
        sequence_id, plain = self._get_sequence_for_batch(sequence_code)
        if not sequence_id:
            return []
        if not plain:
            sequence = self.browse(sequence_id)
            return [sequence.next_by_id() for _number in range(count)]
        prefix, suffix, padding = plain
        rows = self.env.execute_query(
            SQL('SELECT nextval(%s) FROM generate_series(1, %s)', f'ir_sequence_{sequence_id:03d}', count)
        )
        return [f'{prefix}{number:0{padding}d}{suffix}' for (number,) in rows]

    @api.model
    @tools.ormcache('self.env.company.id', 'sequence_code')
    def _get_sequence_for_batch(self, sequence_code):
        """Return ``(id, (prefix, suffix, padding))``; the latter is None unless it is plain."""
        sequence = self.sudo().search(
            [('code', '=', sequence_code), ('company_id', 'in', [self.env.company.id, False])],
            order='company_id',
            limit=1,
        )
        prefix, suffix = sequence.prefix or '', sequence.suffix or ''
        is_plain = sequence.implementation == 'standard' and not sequence.use_date_range and '%' not in prefix + suffix
        return sequence.id, (prefix, suffix, sequence.padding) if is_plain else None
