from odoo import api, fields, models
from odoo.fields import Domain

# How many days before an execution report is due its dealer's account manager has it on the list.
REPORT_NOTICE_DAYS = 7


class DealerAuthorization(models.Model):
    """What a night brings: grants that begin and end, reminders, reports that fall due."""

    _inherit = 'dealer.authorization'

    end_reminded = fields.Boolean(readonly=True, copy=False)

    @api.model
    def _get_flow_fields(self):
        return super()._get_flow_fields() | {'end_reminded'}

    @api.model
    def _cron_follow_dates(self):
        """Follow the calendar, company by company; safe to run at any time and twice.

        Nothing depends on it in time: whether a grant is in force is judged by its dates.
        """
        # All companies that have territories, whoever the job runs as.
        companies = self.env['dealer.territory'].sudo()._read_group([], ['company_id'])
        self.env['ir.cron']._commit_progress(remaining=len(companies))
        for (company,) in companies:
            self = self.with_company(company)
            self._follow_states(company)
            self._remind_of_ends(company)
            self._remind_of_reports(company)
            self.env['ir.cron']._commit_progress(1)

    @api.model
    def _follow_states(self, company):
        """Show the grants in the state that the day gives them."""
        today = company._get_dealer_date()
        of_company = Domain('company_id', '=', company.id)
        ended = self.search(
            of_company & Domain('state', 'in', ['approved', 'active', 'suspended']) & Domain('date_to', '<', today)
        )
        ended._move('expired')
        ended._drop_activities()
        # A server whose clock ran ahead has shown them as ended: they never were, for their dates decide.
        early = self.search(of_company & Domain('state', '=', 'expired') & Domain('date_to', '>=', today))
        early.filtered('suspended_date')._move('suspended')
        early.filtered(lambda grant: not grant.suspended_date)._move('approved')
        self.search(of_company & Domain('state', '=', 'approved') & Domain('date_from', '<=', today))._move('active')

    @api.model
    def _remind_of_ends(self, company):
        """Remind the dealers of grants that end soon, and their account managers, once a grant."""
        days = company.dealer_authorization_notice_days
        if not days:
            return
        today = company._get_dealer_date()
        ending = self.search(
            [
                ('company_id', '=', company.id),
                ('state', '=', 'active'),
                ('end_reminded', '=', False),
                ('date_to', '<=', fields.Date.add(today, days=days)),
                ('renewal_ids', '=', False),
            ]
        )
        template = self.env.ref('dealer_management.mail_template_authorization_end', raise_if_not_found=False)
        for grant in ending:
            if grant.channel_account_manager_id:
                grant.activity_schedule(
                    'dealer_management.mail_activity_type_authorization_end',
                    date_deadline=grant.date_to,
                    user_id=grant.channel_account_manager_id.id,
                    note=self.env._('Renew it with the dealer, or let it end: %s', grant._describe()),
                )
        if template:
            template.send_mail_batch(
                ending.filtered('dealer_id.email').ids, email_layout_xmlid='mail.mail_notification_light'
            )
        ending.sudo().end_reminded = True

    @api.model
    def _remind_of_reports(self, company):
        """Put execution reports that fall due on their account managers' lists, once a report."""
        reports = self.env['dealer.authorization.report'].search(
            [
                ('company_id', '=', company.id),
                ('date_received', '=', False),
                ('reminded', '=', False),
                ('date_due', '<=', fields.Date.add(company._get_dealer_date(), days=REPORT_NOTICE_DAYS)),
                ('authorization_id.state', '=', 'active'),
            ]
        )
        for report in reports.filtered('channel_account_manager_id'):
            report.authorization_id.activity_schedule(
                'mail.mail_activity_data_todo',
                date_deadline=report.date_due,
                summary=self.env._('Execution report due'),
                user_id=report.channel_account_manager_id.id,
            )
        reports.sudo().reminded = True
