from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = 'res.company'

    dealer_hotline = fields.Char(help='The telephone number that dealers call; shown in their portal.')
    dealer_service_email = fields.Char(help='The address that dealers write to; shown in their portal.')
    dealer_service_hours = fields.Char(translate=True, help='When the hotline answers; shown in the portal.')

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        # The tiers that all companies share give their dealers terms in a new one as well,
        # whoever makes the company.
        for grade in self.env['res.partner.grade'].sudo().search([('company_id', '=', False)]):
            terms = grade._get_terms()
            dealers = (
                self.env['res.partner']
                .sudo()
                .with_context(active_test=False)
                .search([('is_dealer', '=', True), ('grade_id', '=', grade.id)])
            )
            if dealers:
                dealers._replace_tier_terms({}, {company: terms[company] for company in companies.sudo()})
        return companies
