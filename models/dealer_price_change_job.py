from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import split_every

# Dealers that are told between two commits.
BATCH = 50


class DealerPriceChange(models.Model):
    """The dealers are told, by mail and in their portal; and which change is coming for a dealer."""

    _inherit = 'dealer.price.change'

    @api.model
    def _get_coming_change(self, dealer, company=None):
        """The next approved price change for ``dealer`` that has not begun.

        :param dealer: a dealer or one of its contacts
        :param company: whose prices; the current one unless given
        :return: the change, in sudo, or none; its ``date_start`` and ``new_pricelist_id`` say what is coming
        """
        # A dealer in its portal reads no price changes; this one is its own.
        changes = self.sudo().with_company(company or self.env.company)
        company = changes.env.company
        found = changes.search(
            [
                ('state', '=', 'approved'),
                ('date_start', '>', company._get_dealer_date()),
                ('company_id', 'parent_of', company.id),
            ],
            order='date_start, id',
        )
        pricelists = changes.env['product.pricelist']
        for change in found:
            choice = pricelists._choose_dealer_lists(dealer, change.date_start).get(dealer)
            if choice and choice.pricelist_id == change.new_pricelist_id.id:
                return change
        return changes.browse()

    @api.model
    def _trigger_announcements(self):
        # Whoever decides need not be allowed to run jobs.
        if job := self.env.ref('dealer_management.ir_cron_price_change', raise_if_not_found=False):
            job.sudo()._trigger()

    @api.model
    def _cron_follow_changes(self):
        """Follow the calendar and tell the dealers; safe to run at any time and twice.

        No price depends on it: the lists take effect by their days.
        """
        self.sudo()._follow_states()
        self.env['dealer.price.change.dealer'].sudo()._tell_dealers()

    @api.model
    def _follow_states(self):
        """Show what has begun as begun, and find the dealers that have come to a list since its approval."""
        approved = self.search([('state', '=', 'approved')])
        begun = approved.filtered(lambda change: change._has_begun())
        begun.write({'state': 'in_force'})
        # A server whose clock ran ahead has shown them as begun: they have not, for their days decide.
        ahead = self.search([('state', '=', 'in_force'), ('date_start', '>=', fields.Date.today())])
        ahead.filtered(lambda change: not change._has_begun()).write({'state': 'approved'})
        for coming in approved - begun:
            change = coming.with_company(coming.company_id)
            dealers, _others = change._find_touched_dealers()
            if late := dealers - change.dealer_line_ids.dealer_id:
                vals_list = change._prepare_dealers_vals(late, change._read_sales(late), change.line_ids)
                self.env['dealer.price.change.dealer'].create(vals_list)
                change.dealer_count += len(late)


class DealerPriceChangeDealer(models.Model):
    """Each dealer is told once: the mail and the moment are written in one transaction."""

    _inherit = 'dealer.price.change.dealer'

    @api.model
    def _get_to_tell_domain(self):
        """Who has not been told of an approved change, or not of the end of one that it was told of."""
        to_announce = Domain('change_id.state', 'in', ('approved', 'in_force')) & Domain('announced_date', '=', False)
        to_recall = (
            Domain('change_id.state', '=', 'cancelled')
            & Domain('announced_date', '!=', False)
            & Domain('recalled_date', '=', False)
        )
        return to_announce | to_recall

    @api.model
    def _tell_dealers(self):
        """Tell whoever is to be told, batch by batch: a run that is killed goes on where it stopped."""
        pending = self.search(self._get_to_tell_domain(), order='change_id, id')
        self.env['ir.cron']._commit_progress(remaining=len(pending))
        for ids in split_every(BATCH, pending.ids):
            self.browse(ids)._tell()
            if not self.env['ir.cron']._commit_progress(len(ids)):
                break

    def _tell(self):
        """Write the mails of these dealers, and that they were told, in one transaction."""
        # Another run may be at it.
        lines = self.try_lock_for_update().filtered_domain(self._get_to_tell_domain())
        recalled = lines.filtered(lambda line: line.change_id.state == 'cancelled')
        now = fields.Datetime.now()
        (lines - recalled)._send('dealer_management.mail_template_price_change')
        (lines - recalled).write({'announced_date': now})
        recalled._send('dealer_management.mail_template_price_change_cancelled')
        recalled.write({'recalled_date': now})

    def _send(self, xmlid):
        template = self.env.ref(xmlid, raise_if_not_found=False)
        reachable = self.filtered('recipient_ids')
        (self - reachable).is_unreachable = True
        if template and reachable:
            template.send_mail_batch(reachable.ids, email_layout_xmlid='mail.mail_notification_light')
            self.env.ref('mail.ir_cron_mail_scheduler_action').sudo()._trigger()
