from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import ValidationError

CONFIDENTIAL_GROUP = 'dealer_management.group_dealer_complaint_confidential'


class DealerComplaint(models.Model):
    """Confidential complaints do not exist but to the head office: not as a name, a message or a to-do either.

    The rule of the records hides them; here stands what Odoo would tell around it.
    """

    _inherit = 'dealer.complaint'

    # ------------------------------------------------------------- Who may read

    def _may_be_read_by(self, user):
        """Whether ``user``, one of our people, may be told of this complaint."""
        self.ensure_one()
        complaint, user = self.sudo(), user.sudo()  # asked of others than the current user
        if not user.active or user.share or complaint.company_id not in user.company_ids:
            return False
        return not complaint.confidential or user.has_group(CONFIDENTIAL_GROUP)

    def _get_excluded_partners(self, partners):
        """Those of ``partners`` who are our people and may not be told of this confidential complaint."""
        self.ensure_one()
        if not self.sudo().confidential:
            return partners.browse()
        # Who is one of our people does not depend on who may read users; the robot's own are archived.
        partners = partners.sudo()
        internal = partners.with_context(active_test=False).filtered(
            lambda partner: any(not user.share for user in partner.user_ids)
        )
        return internal.filtered(lambda partner: not any(map(self._may_be_read_by, partner.user_ids)))

    @api.constrains('user_id', 'confidential')
    def _check_user_may_read(self):
        for complaint in self.filtered(lambda complaint: complaint.confidential and complaint.user_id):
            if not complaint._may_be_read_by(complaint.user_id):
                raise ValidationError(
                    self.env._(
                        'The complaint %(number)s is confidential: %(user)s is not of the head office and cannot be'
                        ' made responsible for it.',
                        number=complaint.name,
                        user=complaint.user_id.name,
                    )
                )

    @api.depends_context('uid')
    def _compute_display_name(self):
        """Also a link from another record says nothing: Odoo names what a link leads to, whoever looks."""
        result = super()._compute_display_name()
        hidden = self.filtered(lambda complaint: complaint._is_hidden_from_user())
        hidden.display_name = self.env._('Confidential Complaint')
        return result

    def _is_hidden_from_user(self):
        """Whether it does not exist to the current user, also where Odoo looks at it as superuser."""
        self.ensure_one()
        user = self.env.user
        # The dealer's people see their own in the portal; jobs and the gateway run as nobody.
        if self.env.uid == SUPERUSER_ID or user.share or user.has_group(CONFIDENTIAL_GROUP):
            return False
        # Read where the user may not.
        return self.sudo().confidential

    # ------------------------------------------------------ Becoming confidential

    def write(self, vals):
        hidden = self.browse()
        kind = self.env['dealer.complaint.type'].browse(vals.get('type_id') or ())
        if kind.confidential:
            hidden = self.filtered(lambda complaint: not complaint.confidential)
            hidden._leave_to_head_office(vals)
            if kind.team_id and 'team_id' not in vals:
                vals = {**vals, 'team_id': kind.team_id.id}
        result = super().write(vals)
        hidden._hide_what_was_told()
        return result

    def _leave_to_head_office(self, vals):
        """Take it off those who may not read it any more, unless somebody else is named for it."""
        if 'user_id' in vals:
            return
        group = self.env.ref(CONFIDENTIAL_GROUP)
        # Whoever sees that it is confidential hands it over, and will not see it again.
        complaints = self.sudo()
        complaints.filtered(
            lambda complaint: complaint.user_id and group not in complaint.user_id.all_group_ids
        ).user_id = False

    def _hide_what_was_told(self):
        """Who may not read it follows it no more, has no to-do for it, and reads no message that was sent before."""
        for complaint in self.sudo():  # they are others' messages and to-dos
            # Also what was sent to one of us alone, such as that it is assigned, which stands in no chatter.
            messages = complaint.env['mail.message'].search(
                [('model', '=', complaint._name), ('res_id', '=', complaint.id)]
            )
            notified = messages.notification_ids.res_partner_id | messages.partner_ids
            excluded = complaint._get_excluded_partners(notified | complaint.message_partner_ids)
            complaint.message_unsubscribe(excluded.ids)
            messages.notification_ids.filtered(lambda note, out=excluded: note.res_partner_id in out).unlink()
            messages.filtered(lambda message, out=excluded: message.partner_ids & out).write(
                {'partner_ids': [(3, partner.id) for partner in excluded]}
            )
            complaint.activity_ids.filtered(
                lambda activity, complaint=complaint: (
                    activity.user_id and not complaint._may_be_read_by(activity.user_id)
                )
            ).unlink()

    # ---------------------------------------------------------- Who is written to

    def message_post(self, *, partner_ids=None, message_type='notification', **kwargs):
        named = self.env['res.partner'].browse(partner_ids or ())
        excluded = self._get_excluded_partners(named)
        message = super().message_post(partner_ids=(named - excluded).ids, message_type=message_type, **kwargs)
        if excluded and message_type == 'comment':
            names = ', '.join(excluded.mapped('name'))
            self._log(self.env._('Not told, for this complaint is confidential: %s.', names))
        return message

    def message_notify(self, *, partner_ids=False, **kwargs):
        if not self or not partner_ids:
            return super().message_notify(partner_ids=partner_ids, **kwargs)
        named = self.env['res.partner'].browse(partner_ids)
        readers = named - self._get_excluded_partners(named)
        if not readers:
            return self.env['mail.message']
        return super().message_notify(partner_ids=readers.ids, **kwargs)

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """At the very last, whoever follows by whatever way."""
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        if not self:
            return recipients
        partners = self.env['res.partner'].browse([recipient['id'] for recipient in recipients if recipient['id']])
        excluded = set(self._get_excluded_partners(partners).ids)
        return [recipient for recipient in recipients if recipient['id'] not in excluded]
