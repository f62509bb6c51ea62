from odoo import fields, models
from odoo.tools import formatLang

# Products that a mail names; the portal has them all.
MAIL_PRODUCTS = 20


class DealerPriceChangeDealer(models.Model):
    """What a dealer is told of a price change, and who of its people."""

    _inherit = 'dealer.price.change.dealer'

    recipient_ids = fields.Many2many('res.partner', compute='_compute_recipient_ids', compute_sudo=True)
    told_line_ids = fields.Many2many(
        'dealer.price.change.line', compute='_compute_told_line_ids', compute_sudo=True, groups='base.group_system'
    )

    def _compute_recipient_ids(self):
        """The dealer's own contact and its portal users, each address once."""
        people = self.dealer_id._get_dealer_recipients()
        for line in self:
            line.recipient_ids = people[line.dealer_id]

    def _compute_told_line_ids(self):
        """The products that each dealer may see: what it bought last year first, by what the change means
        for it; then the others. By a number of queries that does not grow with the dealers."""
        for told_change, dealer_lines in self.grouped('change_id').items():
            change = told_change.with_company(told_change.company_id)
            lines = change.line_ids.filtered(lambda line: line.difference and line.product_id.active)
            sales = change._read_sales(dealer_lines.dealer_id)
            hidden = dealer_lines._find_hidden_lines(lines)
            for dealer_line in dealer_lines:
                bought = {product: sold.quantity for product, sold in sales[dealer_line.dealer_id].items()}
                dealer_line.told_line_ids = (lines - hidden[dealer_line]).sorted(
                    lambda line, bought=bought: (
                        line.product_id not in bought,
                        -abs(line.difference * bought.get(line.product_id, 0)),
                        line.product_code or '',
                        line.id,
                    )
                )

    def _find_hidden_lines(self, lines):
        """``{dealer line: product lines}`` that the dealers could not order, by a fixed number of queries.

        What is made for other dealers is nobody else's business. Where orders outside the authorization
        are not accepted, a dealer sees what it, or a dealer that supplies it, is authorized for;
        elsewhere everything else.
        """
        reserved = lines.filtered('product_id.only_dealer_ids')
        company = self.company_id.root_id
        chains = {line: line.dealer_id._get_dealer_chain(line.dealer_id) for line in self}
        grants = self.env['dealer.authorization'].search(
            [
                ('dealer_id', 'in', {dealer.id for chain in chains.values() for dealer in chain}),
                ('company_id', '=', company.id),
                ('state', 'in', ('approved', 'active', 'suspended')),
            ]
        )
        hidden = {}
        for line, chain in chains.items():
            hidden[line] = reserved.filtered(
                lambda found, dealer=line.dealer_id: dealer not in found.product_id.only_dealer_ids
            )
            policy = line.dealer_id.grade_id.territory_policy or company.dealer_territory_policy
            own = grants.filtered(
                lambda grant, line=line, chain=chain: grant.dealer_id in chain and grant.date_to >= line.date_start
            )
            if policy not in ('approval', 'block') or not own or 'all' in own.mapped('product_scope'):
                continue
            categories, templates = set(own.category_ids.ids), own.product_tmpl_ids
            hidden[line] |= lines.filtered(
                lambda found, categories=categories, templates=templates: (
                    found.product_id.product_tmpl_id not in templates
                    and categories.isdisjoint(map(int, (found.product_id.categ_id.parent_path or '').split('/')[:-1]))
                )
            )
        return hidden

    # -------------------------------------------------------------- For the reader

    def _get_mail_lines(self):
        """The products that the mail to this dealer names."""
        return self.sudo().told_line_ids[:MAIL_PRODUCTS]

    def _get_portal_url(self):
        """The address of the dealer's own page of the change."""
        self.ensure_one()
        return f'/my/price-changes/{self.sudo().access_token}'

    def _format_price(self, price):
        """A price as the dealer reads it, in the list's currency."""
        return formatLang(self.env, price, dp='Product Price', currency_obj=self.change_id.currency_id)
