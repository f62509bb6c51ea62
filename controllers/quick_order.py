from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.http import request, route

from ..tools.order_lines import LINES_MAX, QUANTITY_MAX, PastedLine, parse_pasted
from .complaint_portal_form import read_key
from .portal import DealerPortal

FOUND_MAX = 12
# What a browser may paste at once, in characters.
TEXT_MAX = 200000


class QuickOrderPortal(DealerPortal):
    """A dealer writes an order in its portal.

    Whatever a request names, an order, a product, an address, is looked up among the dealer's own;
    what is not found there does not exist.
    """

    def _get_ordering_dealer(self):
        """The user's own dealer, in sudo; one that is terminated or archived neither sees prices nor orders."""
        dealer = self._get_portal_dealer()
        return dealer.filtered(lambda dealer: dealer.active and dealer.dealer_state != 'terminated')

    # ------------------------------------------------------------------ Pages

    @route(['/my/quick-order', '/my/quick-order/<int:order_id>'], type='http', auth='user', website=True)
    def portal_quick_order(self, order_id=None, **kw):
        dealer = self._get_ordering_dealer()
        if not dealer:
            return request.redirect('/my')
        drafts = self._get_drafts(dealer)
        draft = drafts.filtered(lambda order: order.id == order_id)
        if order_id is not None and not draft:
            return request.redirect('/my/quick-order')
        company = self._get_company(dealer)
        return request.render(
            'dealer_management.portal_quick_order',
            {
                **self._prepare_portal_layout_values(),
                **self._prepare_dealer_values(dealer),
                'page_name': 'quick_order',
                'drafts': drafts - draft,
                'props': {
                    'draft': draft._read_quick_order() if draft else None,
                    'addresses': [
                        {'id': address.id, 'name': address._get_delivery_label()}
                        for address in dealer._get_delivery_addresses()
                    ],
                    'blocked': dealer._get_dealer_block_message() or False,
                    'minimum': company.currency_id.format(dealer.grade_id.minimum_order_amount)
                    if dealer.grade_id.minimum_order_amount
                    else False,
                },
            },
        )

    @route('/my/quick-order/again/<int:order_id>', type='http', auth='user', methods=['POST'], website=True)
    def portal_order_again(self, order_id, **kw):
        """A new draft with what a former order of this dealer had, as far as it can still be ordered."""
        dealer = self._get_ordering_dealer()
        former = self._find_order(dealer, order_id)
        if not former:
            return request.redirect('/my/orders')
        quantities = {}
        for line in former.order_line.filtered(lambda line: line.product_id and line.product_uom_qty > 0):
            quantities[line.product_id] = quantities.get(line.product_id, 0) + line._get_ordered_quantity()
        company = self._get_company(dealer)
        orderable = former.order_line.product_id.filtered_domain(dealer._get_orderable_domain(company))
        draft = self._create_draft(dealer)
        address = former.partner_shipping_id & dealer._get_delivery_addresses()
        draft._set_quick_order(
            {product: quantities[product] for product in orderable if product in quantities}, address
        )
        return request.redirect(f'/my/quick-order/{draft.id}')

    @route('/my/quick-order/<int:order_id>/discard', type='http', auth='user', methods=['POST'], website=True)
    def portal_discard_draft(self, order_id, **kw):
        draft = self._get_drafts(self._get_ordering_dealer()).filtered(lambda order: order.id == order_id)
        # Nobody but its writers has seen it.
        draft.unlink()
        return request.redirect('/my/quick-order')

    @route('/my/products/<int:product_id>/image', type='http', auth='user', readonly=True)
    def portal_product_image(self, product_id, **kw):
        """The picture of a product that the dealer may order."""
        dealer = self._get_ordering_dealer()
        product = self._find_orderable(dealer, Domain('id', '=', product_id)) if dealer else None
        if not product:
            return request.not_found()
        return request.env['ir.binary']._get_image_stream_from(product, 'image_128').get_response()

    # ------------------------------------------------------------- Data

    @route('/my/quick-order/find', type='jsonrpc', auth='user', website=True, readonly=True)
    def quick_order_find(self, query='', **kw):
        """Products whose code, barcode or name holds ``query``; an exact code comes alone."""
        dealer = self._get_ordering_dealer()
        query = self._clean(query, 100)
        if not dealer or not query:
            return []
        exact = self._find_by_codes(dealer, [query])
        found = exact.get(query.lower()) or self._find_orderable(
            dealer,
            Domain('default_code', 'ilike', query) | Domain('name', 'ilike', query) | Domain('barcode', '=', query),
            limit=FOUND_MAX,
        )
        return dealer._read_orderable_products(found, self._get_company(dealer))

    @route('/my/quick-order/paste', type='jsonrpc', auth='user', website=True, readonly=True)
    def quick_order_paste(self, text='', **kw):
        """Read pasted lines.

        :return: ``{'lines': what was understood, 'problems': the others with their line numbers}``
        """
        dealer = self._get_ordering_dealer()
        if not dealer or not isinstance(text, str):
            return {'lines': [], 'problems': []}
        text = text.encode('utf-8', 'ignore').decode()
        whole = text if len(text) <= TEXT_MAX else text[:TEXT_MAX].rpartition('\n')[0]
        pasted = parse_pasted(whole)
        if len(whole) < len(text):
            pasted.append(PastedLine(whole.count('\n') + 2, '…', '', None, 'too_many_lines'))
        found = self._find_by_codes(dealer, [line.code for line in pasted])
        quantities, problems = {}, []
        for line in pasted:
            products = found.get(line.code.lower(), request.env['product.product'])
            if message := self._describe_problem(line, products):
                problems.append({'number': line.number, 'text': line.text[:100], 'message': message})
            else:
                quantities[products] = quantities.get(products, 0) + float(line.quantity)
        # Dealers may not read products: these were found among what this one may order.
        products = request.env['product.product'].sudo().union(*quantities)
        rows = dealer._read_orderable_products(products, self._get_company(dealer))
        for row, product in zip(rows, products, strict=True):
            row['quantity'] = quantities[product]
        return {'lines': rows, 'problems': problems}

    @route('/my/quick-order/save', type='jsonrpc', auth='user', website=True)
    def quick_order_save(
        self,
        order_id=None,
        lines=(),
        address_id=None,
        note=None,
        reference=None,
        version=None,
        wallet=None,
        key='',
        **kw,
    ):
        """Make the draft say just this.

        :param lines: pairs of a product's id and its quantity
        :param version: what the draft said of itself when the browser read it: what somebody else has
            written since is not overwritten
        :param wallet: what the dealer's rebate wallet is to pay, as far as it can; as before unless given
        :param key: of the page, as long as it knows no draft: where the answer to its first save was lost, the
            next one finds what that has made
        :return: the draft as it stands, or ``{'error': sentence}``
        """
        dealer = self._get_ordering_dealer()
        if not dealer:
            return {'error': request.env._('Only a dealer orders here.')}
        try:
            with request.env.cr.savepoint():
                draft = self._save(dealer, order_id, lines, address_id, note, reference, version, read_key(key))
                if wallet is not None:
                    draft.action_use_wallet(min(max(self._read_number(wallet), 0), draft.wallet_limit))
        except (UserError, ValidationError) as error:
            return {'error': str(error)}
        return draft._read_quick_order()

    @route('/my/quick-order/place', type='jsonrpc', auth='user', website=True)
    def quick_order_place(self, order_id=None, amount=None, **kw):
        """Place a draft that was saved, if it still comes to what the dealer has seen.

        Safe to call twice: whoever has not seen the answer is led to the order that it has placed.

        :param amount: the total that the dealer has seen
        :return: ``{'url': where the order is}``, ``{'error': sentence}``, or the draft at its new prices
        """
        dealer = self._get_ordering_dealer()
        draft = self._get_drafts(dealer).filtered(lambda order: order.id == order_id)
        if not draft and (placed := self._find_placed(dealer, order_id)):
            return self._lead_to(placed)
        if not draft:
            return {'error': request.env._('This draft is no longer there.')}
        try:
            with request.env.cr.savepoint():
                draft._refresh_quick_order()
                if draft.currency_id.compare_amounts(draft.amount_total, self._read_number(amount)):
                    return {**draft._read_quick_order(), 'changed': True}
                draft.with_context(mail_notify_author=False).action_place_quick_order()
        except (UserError, ValidationError) as error:
            return {'error': str(error)}
        return self._lead_to(draft)

    @staticmethod
    def _lead_to(order):
        return {'url': order.get_portal_url(query_string='&message=placed')}

    # -------------------------------------------------------- Dealer's own

    def _find_order(self, dealer, order_id):
        """The order of the user's own dealer that has this id, in sudo; or an empty one."""
        # The dealer is the session's own: see ``_get_portal_dealer``.
        orders = request.env['sale.order'].sudo()
        return orders.search([('id', '=', order_id), ('partner_id', 'child_of', dealer.ids)])

    def _find_placed(self, dealer, order_id):
        """The order of this id that the user's own dealer has placed here, in sudo; or an empty one."""
        if type(order_id) is not int or not 0 < order_id < 1 << 31:
            return request.env['sale.order']
        return self._find_order(dealer, order_id).filtered(lambda order: order.dealer_portal_state == 'placed')

    def _get_drafts(self, dealer):
        """The drafts of the user's own dealer, in sudo, latest first."""
        # A portal user may not write orders. The dealer is the session's own: see ``_get_portal_dealer``.
        orders = request.env['sale.order'].sudo()
        return orders.search(
            [
                ('partner_id', 'in', dealer.ids),
                ('dealer_portal_state', '=', 'draft'),
                ('state', 'in', ('draft', 'sent')),
            ],
            order='write_date desc, id desc',
        )

    def _create_draft(self, dealer, key=''):
        # Nor may it make any: this one is of its own dealer, as above.
        orders = request.env['sale.order'].sudo().with_company(self._get_company(dealer))
        return orders._create_quick_order(dealer, self._get_company(dealer), key)

    def _get_orderable(self, dealer):
        """``(products, domain)``: where to look, in sudo and in the dealer's company, for what it may order."""
        company = self._get_company(dealer)
        # Dealers may not read products; the domain is what the user's own dealer may order.
        products = request.env['product.product'].sudo().with_company(company)
        return products, dealer._get_orderable_domain(company)

    def _find_orderable(self, dealer, domain, **options):
        """Products that the user's own dealer may order, in sudo."""
        products, orderable = self._get_orderable(dealer)
        return products.search(orderable & domain, **options)

    def _find_by_codes(self, dealer, codes):
        """``{code in small letters: products}``, by one query, whatever the case of the codes."""
        variants = {variant for code in codes if code for variant in (code, code.upper(), code.lower())}
        found = {}
        if variants:
            domain = Domain('default_code', 'in', list(variants)) | Domain('barcode', 'in', list(variants))
            for product in self._find_orderable(dealer, domain):
                for code in {product.default_code, product.barcode} - {False}:
                    found[code.lower()] = found.get(code.lower(), product.browse()) | product
        return found

    # ---------------------------------------------------------------- Input

    def _save(self, dealer, order_id, lines, address_id, note, reference, version, key):
        quantities = self._read_quantities(dealer, lines)
        drafts = self._get_drafts(dealer)
        draft = drafts.filtered(lambda order: order.id == order_id)
        if key and not order_id:
            draft = drafts.filtered(lambda order: order.dealer_page_key == key)
        if order_id and not draft:
            raise UserError(request.env._('This draft is no longer there: it was placed or discarded.'))
        if draft and version and version != draft._get_quick_version():
            raise UserError(
                request.env._('The order was changed in another window, or by a colleague. Please load the page again.')
            )
        address = dealer._get_delivery_addresses().filtered(lambda address: address.id == address_id)
        draft = draft or self._create_draft(dealer, key)
        draft._set_quick_order(
            quantities, address, self._clean(note, 2000, keep_none=True), self._clean(reference, 100, keep_none=True)
        )
        return draft

    def _read_quantities(self, dealer, lines):
        """``{product: quantity}`` of what the browser sent: own products, countable quantities.

        What the dealer cannot order in this quantity is kept, and marked; what is no quantity is refused.
        """
        if not isinstance(lines, (list, tuple)) or len(lines) > LINES_MAX:
            raise UserError(request.env._('An order has at most %s lines.', LINES_MAX))
        wanted = {}
        for line in lines:
            if not isinstance(line, (list, tuple)) or len(line) != 2 or type(line[0]) is not int:
                raise UserError(request.env._('The order could not be read. Please load the page again.'))
            wanted[line[0]] = self._read_number(line[1])
        products = self._find_orderable(dealer, Domain('id', 'in', list(wanted)))
        for product in products:
            quantity = wanted[product.id]
            if not 0 < quantity <= QUANTITY_MAX:
                raise UserError(
                    request.env._(
                        '%s: please enter a quantity above zero, and not beyond a thousand million.',
                        product.display_name,
                    )
                )
        order = list(wanted)
        return {product: wanted[product.id] for product in products.sorted(lambda product: order.index(product.id))}

    @staticmethod
    def _read_number(value):
        """A number as JSON has it; anything else, and what cannot be counted, is 0."""
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value or abs(value) > 1e15:
            return 0.0
        return float(value)

    @staticmethod
    def _clean(value, length, keep_none=False):
        if value is None and keep_none:
            return None
        return str(value or '').encode('utf-8', 'ignore').decode().replace('\x00', '').strip()[:length]

    def _describe_problem(self, line, products):
        """What is wrong with a pasted line, as a sentence, or None."""
        if line.problem == 'too_many_lines':
            return request.env._('This is too much at once (at most %s lines): the rest was left out.', LINES_MAX)
        if not products:
            return request.env._('Unknown code "%s".', line.code[:50])
        if len(products) > 1:
            return request.env._('The code "%s" stands for several products.', line.code[:50])
        if line.problem == 'several':
            return request.env._('Several columns hold figures: please paste the code and the quantity only.')
        if line.problem == 'no_quantity':
            return request.env._('The quantity is missing.')
        if line.problem == 'not_a_number':
            return request.env._('The quantity is not a number.')
        if line.problem == 'not_positive':
            return request.env._('The quantity must be above zero.')
        if line.problem == 'too_much':
            return request.env._('The quantity is too large.')
        return None
