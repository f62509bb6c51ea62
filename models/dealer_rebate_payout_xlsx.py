import io

import xlsxwriter

from odoo import models

# Neither a document's number nor a product's name becomes a formula or a link.
OPTIONS = {'in_memory': True, 'strings_to_formulas': False, 'strings_to_urls': False, 'strings_to_numbers': False}


class DealerRebatePayout(models.Model):
    """The statement as a spreadsheet: figures as figures, to go on reckoning with."""

    _inherit = 'dealer.rebate.payout'

    def _write_xlsx(self):
        """The statement in three sheets: what it comes to, its steps, its source lines.

        Whoever calls this has checked who may read it.

        :rtype: bytes
        """
        self.ensure_one()
        payout = self.sudo()  # products and documents may be out of the reader's sight
        stream = io.BytesIO()
        workbook = xlsxwriter.Workbook(stream, OPTIONS)
        formats = {
            'head': workbook.add_format({'bold': True, 'bg_color': '#f0e9ee', 'bottom': 1}),
            'bold': workbook.add_format({'bold': True}),
            'money': workbook.add_format({'num_format': '#,##0.00##'}),
            'total': workbook.add_format({'num_format': '#,##0.00##', 'bold': True, 'top': 1}),
            'day': workbook.add_format({'num_format': 'yyyy-mm-dd', 'align': 'left'}),
        }
        payout._write_statement_sheet(workbook, formats)
        payout._write_steps_sheet(workbook, formats)
        payout._write_lines_sheet(workbook, formats)
        workbook.close()
        return stream.getvalue()

    def _get_earned_unit(self):
        """What earned figures are in: the currency's code, or the unit of free goods."""
        program = self.program_id
        return program.free_product_id.uom_id.name if self.reward == 'free_goods' else program.currency_id.name

    def _write_statement_sheet(self, workbook, formats):
        sheet = workbook.add_worksheet(self.env._('Statement'))
        sheet.set_column(0, 0, 36)
        sheet.set_column(1, 1, 28)
        rows = [
            (self.env._('Statement'), self.name if self.name != '/' else '', None),
            (self.env._('Dealer'), self.dealer_id.name, None),
            (self.env._('Dealer Code'), self.dealer_id.dealer_code, None),
            (self.env._('Program'), self.program_id.title, None),
            (self.env._('Date'), self.date, formats['day']),
            (self.env._('State'), self._describe_state(), None),
            (self.env._('Document'), self.move_id.name or self.sale_order_id.name, None),
            (self.env._('Currency or Unit'), self._get_earned_unit(), None),
        ]
        for number, (label, value, style) in enumerate(rows):
            sheet.write_string(number, 0, label, formats['bold'])
            self._write_cell(sheet, number, 1, value, style)
        for number, (kind, label, value, _text) in enumerate(self._get_totals(), len(rows) + 1):
            style = formats['total' if kind == 'paid' else 'money']
            sheet.write_string(number, 0, label)
            sheet.write_number(number, 1, float(value), style)

    def _write_steps_sheet(self, workbook, formats):
        sheet = workbook.add_worksheet(self.env._('Steps'))
        columns = [
            (self.env._('Period'), 30),
            (self.env._('Steps'), 80),
            (self.env._('Figure'), 22),
            (self._get_earned_unit(), 18),
        ]
        self._write_head(sheet, columns, formats)
        row = 1
        for computation in self._get_computations():
            for step in computation._get_steps():
                self._write_cell(sheet, row, 0, computation._describe_period())
                self._write_cell(sheet, row, 1, step.text, formats['bold'] if step.is_result else None)
                self._write_cell(sheet, row, 2, '' if step.value is not None else step.amount)
                if step.value is not None:
                    style = formats['total' if step.is_result else 'money']
                    sheet.write_number(row, 3, float(step.value), style)
                row += 1

    def _write_lines_sheet(self, workbook, formats):
        sheet = workbook.add_worksheet(self.env._('Lines'))
        unit = self.program_id._get_measure_unit() or self.program_id.currency_id.name
        columns = [
            (self.env._('Period'), 30),
            (self.env._('Document'), 20),
            (self.env._('Counted on'), 12),
            (self.env._('Product Code'), 16),
            (self.env._('Product'), 40),
            (self.env._('Quantity'), 12),
            (self.env._('Counted (%s)', unit), 18),
            (self.env._('Share of the rebate (%s)', self._get_earned_unit()), 22),
        ]
        self._write_head(sheet, columns, formats)
        row = 1
        sources = self._get_sources()
        for computation in self._get_computations():
            period = computation._describe_period()
            for line in (line for source in sources[computation] for line in source.lines):
                product = line.product_id.with_context(display_default_code=False)
                values = (
                    (period, None),
                    (line.document, None),
                    (line.date, formats['day']),
                    (product.default_code, None),
                    (product.display_name, None),
                    (line.quantity, formats['money']),
                    (line.measure, formats['money']),
                    (line.share, formats['money']),
                )
                for column, (value, style) in enumerate(values):
                    self._write_cell(sheet, row, column, value, style)
                row += 1
        sheet.autofilter(0, 0, max(row - 1, 1), len(columns) - 1)

    @staticmethod
    def _write_head(sheet, columns, formats):
        for number, (label, width) in enumerate(columns):
            sheet.set_column(number, number, width)
            sheet.write_string(0, number, label, formats['head'])
        sheet.freeze_panes(1, 0)

    @staticmethod
    def _write_cell(sheet, row, column, value, style=None):
        """Texts as texts, days as days, numbers as numbers; nothing for what is empty."""
        if isinstance(value, str):
            sheet.write_string(row, column, value, style)
        elif hasattr(value, 'year'):
            sheet.write_datetime(row, column, value, style)
        elif value is not None and value is not False:
            sheet.write_number(row, column, value, style)
