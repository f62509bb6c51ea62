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
        shared = self.env['res.partner.grade'].sudo().search([('company_id', '=', False)])
        for grade, dealers in shared._get_dealers().items():
            terms = grade._get_terms()
            # The keys of the terms are companies, equal by their ids.
            dealers._replace_tier_terms({}, {company: terms[company] for company in companies})
        return companies
