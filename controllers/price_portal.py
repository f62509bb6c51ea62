import io

import xlsxwriter

from odoo.fields import Domain
from odoo.http import request, route
from odoo.tools import format_date

from odoo.addons.portal.controllers.portal import pager

from .quick_order import QuickOrderPortal

PAGE_SIZE = 40
XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'


class PricePortal(QuickOrderPortal):
    """A dealer's price list: to search in, to print, to take along."""

    @route(['/my/prices', '/my/prices/page/<int:page>'], type='http', auth='user', website=True, readonly=True)
    def portal_prices(self, page=1, search='', category='', **kw):
        dealer = self._get_ordering_dealer()
        if not dealer:
            return request.redirect('/my')
        search = self._clean(search, 100)
        categories = self._get_categories(dealer)
        chosen = categories.filtered(lambda found: str(found.id) == category)
        domain = self._get_price_domain(search, chosen)
        total = self._count_orderable(dealer, domain)
        pages = pager(
            url='/my/prices',
            total=total,
            page=self._read_page(page),
            step=PAGE_SIZE,
            url_args={'search': search, 'category': chosen.id or ''},
        )
        products = self._find_orderable(
            dealer, domain, order='categ_id, default_code, id', limit=PAGE_SIZE, offset=pages['offset']
        )
        return request.render(
            'dealer_management.portal_prices',
            {
                **self._prepare_portal_layout_values(),
                **self._prepare_dealer_values(dealer),
                'page_name': 'prices',
                'price_list': dealer._get_price_list(products, self._get_company(dealer)),
                'categories': categories,
                'category': chosen,
                'search': search,
                'total': total,
                'pager': pages,
                'stock_labels': {
                    'green': request.env._('In stock'),
                    'amber': request.env._('Short'),
                    'red': request.env._('Out of stock'),
                },
                'default_url': '/my/prices',
            },
        )

    @route('/my/prices.xlsx', type='http', auth='user', readonly=True)
    def portal_prices_xlsx(self, **kw):
        dealer = self._get_ordering_dealer()
        if not dealer:
            return request.redirect('/my')
        price_list = self._get_whole_price_list(dealer)
        return self._download(self._write_xlsx(price_list), XLSX, self._get_file_name(dealer, 'xlsx'))

    @route('/my/prices.pdf', type='http', auth='user')
    def portal_prices_pdf(self, **kw):
        dealer = self._get_ordering_dealer()
        if not dealer:
            return request.redirect('/my')
        report = 'dealer_management.dealer_price_list_report'
        # The dealer prints its own prices; the document reads what the dealer may not.
        pdf = request.env['ir.actions.report'].sudo()._render_qweb_pdf(report, dealer.ids)[0]
        return self._download(pdf, 'application/pdf', self._get_file_name(dealer, 'pdf'))

    # ------------------------------------------------------------------ Parts

    def _get_categories(self, dealer):
        """The categories of what the dealer may order."""
        products, domain = self._get_orderable(dealer)
        groups = products._read_group(domain, ['categ_id'])
        # A dealer may read the names of the categories that its products are in.
        categories = request.env['product.category'].sudo()
        return categories.union(*(category for (category,) in groups)).sorted('complete_name')

    def _count_orderable(self, dealer, domain):
        products, orderable = self._get_orderable(dealer)
        return products.search_count(orderable & domain)

    def _get_price_domain(self, search, category):
        domain = Domain('categ_id', 'child_of', category.id) if category else Domain.TRUE
        for word in search.split():
            domain &= (
                Domain('default_code', 'ilike', word) | Domain('name', 'ilike', word) | Domain('barcode', '=', word)
            )
        return domain

    def _get_whole_price_list(self, dealer):
        products = self._find_orderable(dealer, Domain.TRUE, order='categ_id, default_code, id')
        return dealer._get_price_list(products, self._get_company(dealer))

    def _get_file_name(self, dealer, extension):
        return f'{dealer.dealer_code} {self._get_company(dealer)._get_dealer_date()}.{extension}'

    def _write_xlsx(self, price_list):
        """The price list as a spreadsheet: figures as figures, and nothing that a name says becomes a formula."""
        stream = io.BytesIO()
        workbook = xlsxwriter.Workbook(
            stream, {'in_memory': True, 'strings_to_formulas': False, 'strings_to_urls': False}
        )
        sheet = workbook.add_worksheet(request.env._('Prices'))
        head = workbook.add_format({'bold': True, 'bg_color': '#f0e9ee', 'bottom': 1})
        money = workbook.add_format({'num_format': '#,##0.00##'})
        coming_day = price_list.coming_day and format_date(request.env, price_list.coming_day)
        columns = [
            (request.env._('Category'), 24, None, lambda row: row.product.categ_id.name),
            (request.env._('Code'), 16, None, lambda row: row.product.default_code or ''),
            (request.env._('Barcode'), 16, None, lambda row: row.product.barcode or ''),
            (
                request.env._('Product'),
                40,
                None,
                lambda row: row.product.with_context(display_default_code=False).display_name,
            ),
            (request.env._('Unit'), 8, None, lambda row: row.product.uom_id.name),
            (request.env._('Least quantity'), 10, None, lambda row: row.product.dealer_min_quantity or ''),
            (request.env._('Packed by'), 10, None, lambda row: row.product._get_dealer_step() or ''),
            (request.env._('Your price'), 14, money, lambda row: row.own),
            (request.env._('Special price'), 14, money, lambda row: row.special.special_price if row.special else ''),
        ]
        if coming_day:
            columns.append(
                (request.env._('From %s', coming_day), 16, money, lambda row: '' if row.coming is None else row.coming)
            )
        for audience, label in (
            ('retailer', request.env._('Suggested to retailers')),
            ('consumer', request.env._('Suggested to consumers')),
        ):
            if price_list.suggested[audience]:
                columns.append((label, 16, money, lambda row, audience=audience: getattr(row, audience)))
        sheet.write_string(0, 0, price_list.pricelist.display_name or price_list.currency.name)
        sheet.write_string(1, 0, price_list.reason or '')
        for number, (label, width, _style, _value) in enumerate(columns):
            sheet.set_column(number, number, width)
            sheet.write_string(3, number, label, head)
        for line, row in enumerate(price_list.rows, 4):
            for number, (_label, _width, style, value) in enumerate(columns):
                sheet.write(line, number, value(row), style)
        sheet.freeze_panes(4, 4)
        sheet.autofilter(3, 0, 3 + len(price_list.rows), len(columns) - 1)
        workbook.close()
        return stream.getvalue()
