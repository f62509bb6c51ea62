from odoo import api, models


class MailThread(models.AbstractModel):
    """Mails that reach complaints are looked at before they are let in; mails to other models are not touched."""

    _inherit = 'mail.thread'

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        routes = super().message_route(message, message_dict, model, thread_id, custom_values)
        if not any(route[0] == 'dealer.complaint' for route in routes):
            return routes
        return self.env['dealer.complaint']._revise_mail_routes(message, message_dict, routes)

    def _message_parse_post_process(self, message, message_dict, routes):
        """Whoever else got a mail to complaints has it already: nobody is linked to it for that."""
        values = super()._message_parse_post_process(message, message_dict, routes)
        if routes and all(route[0] == 'dealer.complaint' for route in routes):
            values['partner_ids'] = []
        return values
