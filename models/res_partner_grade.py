from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResPartnerGrade(models.Model):
    """The tier of a dealer: its rights, its duties, and the terms that come with it."""

    _inherit = 'res.partner.grade'

    color = fields.Integer()
    currency_id = fields.Many2one('res.currency', compute='_compute_currency_id', string='Currency of the Credit Limit')
    payment_term_id = fields.Many2one(
        'account.payment.term',
        'Payment Terms',
        domain="[('company_id', 'in', (company_id, False))]",
        help="The payment terms of this tier's dealers.",
    )
    credit_limit = fields.Monetary(
        help="The credit limit of this tier's dealers, in the company's currency; 0 leaves it to the company's default."
    )
    rights = fields.Html(
        prefetch=False,  # read in the portal, not with every dealer
        translate=True,
        help='What a dealer of this tier may expect. The dealer sees it in its portal.',
    )
    duties = fields.Html(
        prefetch=False,
        translate=True,
        help='What we expect of a dealer of this tier. The dealer sees it in its portal.',
    )

    _credit_limit_positive = models.Constraint('CHECK (credit_limit >= 0)', 'A credit limit cannot be negative.')

    @api.depends('company_id')
    @api.depends_context('company')
    def _compute_currency_id(self):
        for grade in self:
            grade.currency_id = (grade.company_id or self.env.company).currency_id

    @api.constrains('company_id', 'default_pricelist_id', 'payment_term_id')
    def _check_terms_company(self):
        for grade in self.filtered('company_id'):
            for name in ('default_pricelist_id', 'payment_term_id'):
                if not grade._is_term_usable(name, grade.company_id):
                    raise ValidationError(
                        self.env._(
                            'The tier "%(tier)s" belongs to %(company)s, but "%(term)s" to %(other)s.',
                            tier=grade.name,
                            company=grade.company_id.name,
                            term=grade[name].display_name,
                            other=grade[name].company_id.name,
                        )
                    )

    @api.constrains('company_id', 'credit_limit')
    def _check_credit_limit_currency(self):
        self.filtered('credit_limit')._check_one_currency()

    def _check_one_currency(self):
        """Check that an amount means the same in every company that the tier is for.

        :raise ValidationError: for a tier that companies with different currencies share
        """
        for grade in self:
            if not grade.company_id and len(self._get_all_companies().currency_id) > 1:
                raise ValidationError(
                    self.env._(
                        'The tier "%s" is shared by companies with different currencies: an amount would not'
                        ' be the same in each. Give each company a tier of its own.',
                        grade.name,
                    )
                )

    def write(self, vals):
        terms = {'company_id', *self.env['res.partner']._get_tier_term_fields()}
        if terms.isdisjoint(vals):
            return super().write(vals)
        old_terms = {grade: grade._get_terms() for grade in self}
        result = super().write(vals)
        dealers_of = self._get_dealers()
        for grade in self:
            if dealers := dealers_of.get(grade):
                dealers._replace_tier_terms(old_terms[grade], grade._get_terms(), keep_own=True)
        return result

    def _get_dealers(self):
        """Return ``{tier: its dealers}``, in sudo: seen by the user or not, archived or not."""
        # A tier's terms reach every dealer of it, whoever edits the tier.
        partners = self.env['res.partner'].sudo().with_context(active_test=False)
        return dict(
            partners._read_group(
                [('is_dealer', '=', True), ('grade_id', 'in', self.ids)], ['grade_id'], ['id:recordset']
            )
        )

    def _get_terms(self):
        """Return ``{company: {field of res.partner: value}}``, what this tier gives its dealers.

        A tier of one company gives there only; a shared one wherever the term may be used.
        """
        if not self:
            return {}
        self.ensure_one()
        grade = self.sudo()
        companies = grade.company_id or self._get_all_companies()
        return {
            company: {
                partner_field: grade[grade_field]
                for grade_field, partner_field in self.env['res.partner']._get_tier_term_fields().items()
                if grade[grade_field] and grade._is_term_usable(grade_field, company)
            }
            for company in companies
        }

    def _is_term_usable(self, field_name, company):
        """Whether the term may be used in ``company``: it is shared, its own, or a parent's."""
        term = self[field_name]
        owner = term.company_id if isinstance(term, models.BaseModel) else self.env['res.company']
        return not owner or owner in company.sudo().parent_ids

    @api.model
    def _get_all_companies(self):
        # A shared tier's terms hold in every company, seen by the user or not.
        return self.env['res.company'].sudo().search([])  # pylint: disable=no-search-all

    def action_view_dealers(self):
        """Open the dealers of this tier."""
        self.ensure_one()
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id('dealer_management.dealer_action')
        action['context'] = {
            'default_is_dealer': True,
            'default_is_company': True,
            'default_grade_id': self.id,
            'search_default_grade_id': self.id,
        }
        return action
