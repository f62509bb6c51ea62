from markupsafe import Markup

from odoo import api, models

# Of so many on, a message for each would be in the way of what it says.
SEVERAL = 3
LISTED = 50


class DealerComplaint(models.Model):
    """Who is assigned several complaints at once gets one message about them."""

    _inherit = 'dealer.complaint'

    @api.model_create_multi
    def create(self, vals_list):
        if len(vals_list) < SEVERAL or self.env.context.get('mail_auto_subscribe_no_notify'):
            return super().create(vals_list)
        silent = self.with_context(mail_auto_subscribe_no_notify=True)
        complaints = super(DealerComplaint, silent).create(vals_list).with_env(self.env)
        complaints._tell_assigned()
        return complaints

    def _tell_assigned(self):
        """Tell each person which of these complaints it has to answer; nobody of its own doing."""
        for user, complaints in self.grouped('user_id').items():
            if user and user != self.env.user:
                complaints._tell_assigned_user(user)

    def _tell_assigned_user(self, user):
        complaints = self.with_context(lang=user.lang)
        self._trigger_mail_queue()
        # Whoever enters complaints need not be allowed to write to everybody.
        self.env['mail.thread'].sudo().with_context(lang=user.lang, mail_notify_force_send=False).message_notify(
            partner_ids=user.partner_id.ids,
            subject=complaints.env._('%s complaints are yours to answer', len(self)),
            body=Markup('<ul>%s</ul>')
            % Markup().join(
                Markup('<li><a href="%s">%s</a></li>')
                % (complaint._notify_get_action_link('view'), complaint.display_name)
                for complaint in complaints[:LISTED]
            ),
        )
