from odoo import models

TRIGGERED = 'dealer_management.mail_queue'


class MailThread(models.AbstractModel):
    """Mails about documents of the channel go out by Odoo's queue, at once, but behind the back of whoever writes.

    Odoo would send them itself before it answers: a dealer with a complaint, or a manager who approves, would look
    at a page that does not load for as long as a mail server hangs, and press the button again.
    """

    _inherit = 'mail.thread'

    def _queues_mail(self):
        """Whether mails about these records go out by the queue."""
        return self._name.startswith('dealer.')

    def _notify_thread_by_email(self, message, recipients_data, *, force_send=True, **kwargs):
        if not self._queues_mail():
            return super()._notify_thread_by_email(message, recipients_data, force_send=force_send, **kwargs)
        if any(recipient['notif'] == 'email' for recipient in recipients_data):
            self._trigger_mail_queue()
        return super()._notify_thread_by_email(message, recipients_data, force_send=False, **kwargs)

    def _trigger_mail_queue(self):
        """Have the queue sent as soon as this transaction stands, by one trigger for all of its mails."""
        before_commit = self.env.cr.precommit
        if before_commit.data.get(TRIGGERED):
            return
        before_commit.data[TRIGGERED] = True
        # Whoever writes need not be allowed to run jobs.
        before_commit.add(self.env.ref('mail.ir_cron_mail_scheduler_action').sudo()._trigger)
