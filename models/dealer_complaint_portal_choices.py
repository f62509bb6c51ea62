from odoo import api, models
from odoo.fields import Domain

# Documents and products that the form offers at once.
CHOICES_MAX = 50
# field of the complaint: which of the dealer's documents it can be, and the latest first
OFFERED = {
    'order_id': ([('state', '=', 'sale')], 'date_order desc, id desc'),
    'picking_id': ([('picking_type_code', '=', 'outgoing'), ('state', '=', 'done')], 'date_done desc, id desc'),
    'move_id': (
        [('state', '=', 'posted'), ('move_type', 'in', ('out_invoice', 'out_refund'))],
        'invoice_date desc, id desc',
    ),
}


class DealerComplaint(models.Model):
    """What a dealer can complain about: its own documents, and what it bought or may buy.

    All of it is looked up in sudo, among what belongs to the dealer; what is not found there does not exist.
    """

    _inherit = 'dealer.complaint'

    @api.model
    def _get_portal_types(self):
        """The types that the form offers, in their order."""
        return self.env['dealer.complaint.type'].search([('in_portal', '=', True)])

    @api.model
    def _find_portal_documents(self, dealer, name, document_id=None, limit=CHOICES_MAX):
        """The latest documents of the dealer that the field ``name`` of a complaint can hold.

        :param document_id: look for this one only
        """
        documents = self.env[self._fields[name].comodel_name]
        if name == 'rebate_payout_id':
            domain, order = documents._get_shown_domain(dealer), 'date desc, id desc'
        elif name == 'rebate_dispute_id':
            shown = self.env['dealer.rebate.payout']._get_shown_domain(dealer)
            domain, order = Domain('payout_id', 'any', shown), 'id desc'
        else:
            offered, order = OFFERED[name]
            domain = Domain('partner_id.commercial_partner_id', 'in', dealer.ids) & Domain(offered)
        if document_id is not None:
            domain &= Domain('id', '=', document_id)
        return documents.search(domain, order=order, limit=limit)

    @api.model
    def _find_portal_line(self, dealer, payout, line_id):
        """The journal item behind the source line ``line_id`` of the dealer's statement; or empty."""
        lines = self.env['dealer.rebate.settlement.line']
        found = lines.search([('computation_id', 'in', payout.computation_ids.ids), ('id', '=', line_id)])
        return found.move_line_id.filtered(lambda line: line.partner_id.commercial_partner_id == dealer)

    # ---------------------------------------------------------------- Products

    @api.model
    def _find_portal_products(self, dealer, domain=Domain.TRUE, limit=CHOICES_MAX):
        """Products that the dealer has ordered or may order."""
        company = dealer.company_id or self.env.company
        lines = self.env['sale.order.line']._search(
            [('order_id.partner_id.commercial_partner_id', 'in', dealer.ids), ('display_type', '=', False)]
        )
        own = Domain('id', 'in', lines.subselect('sale_order_line.product_id')) | dealer._get_orderable_domain(company)
        products = self.env['product.product'].with_context(active_test=False)
        return products.search(own & Domain(domain), limit=limit)

    @api.model
    def _search_portal_products(self, dealer, text):
        """Products of the dealer's whose code, barcode or name holds ``text``."""
        return self._find_portal_products(
            dealer,
            Domain('default_code', 'ilike', text) | Domain('name', 'ilike', text) | Domain('barcode', '=', text),
        )

    @api.model
    def _get_portal_products(self, dealer, picking=None, order=None, move=None):
        """What the form offers first: the products of the document, or else what the dealer ordered last."""
        if picking:
            products = picking.move_ids.product_id
        elif order or move:
            lines = order.order_line if order else move.invoice_line_ids
            products = lines.filtered(lambda line: line.display_type in (False, 'product')).product_id
        else:
            lines = self.env['sale.order.line'].search(
                [
                    ('order_id.partner_id.commercial_partner_id', 'in', dealer.ids),
                    ('state', '=', 'sale'),
                    ('display_type', '=', False),
                ],
                order='id desc',
                limit=CHOICES_MAX,
            )
            products = lines.product_id
        return products.filtered(lambda product: product.type == 'consu')[:CHOICES_MAX]
