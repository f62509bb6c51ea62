import logging
import re

from odoo import api, fields, models
from odoo.tools import email_normalize, html2plaintext

from ..tools.auto_reply import find_machine

_logger = logging.getLogger(__name__)

TITLE_LENGTH = 200
DESCRIPTION_LENGTH = 20_000
# In the context: the mail that is posted opens the complaint. An object, for a client cannot send one along.
OPENING = object()
# "[CP26-00001]" anywhere in a subject.
NUMBER_IN_SUBJECT = re.compile(r'\[\s*([^\[\]\s]{3,40})\s*\]')


def clean(text):
    """``text`` (plain, or markup) without what no database stores: NUL, halves of characters."""
    return text.__class__(str(text).encode('utf-8', 'ignore').decode().replace('\x00', ''))


class DealerComplaint(models.Model):
    """Complaints by mail: whose a mail is, which complaint it belongs to, and what is made of a new one.

    A dealer is known by its address. Who is unknown is not made a contact: somebody says whose it is.
    """

    _inherit = 'dealer.complaint'

    email_normalized = fields.Char(
        "Sender's Address", compute='_compute_email_normalized', store=True, index='btree_not_null'
    )

    @api.depends('email_from')
    def _compute_email_normalized(self):
        for complaint in self:
            complaint.email_normalized = email_normalize(complaint.email_from or '', strict=False)

    # ----------------------------------------------------------- Where it goes

    @api.model
    def _revise_mail_routes(self, message, message_dict, routes):
        """Where a mail goes: nowhere if a machine has sent it, else to the complaint that it is about.

        :param message: the ``EmailMessage``; ``message_dict`` what was read of it, cleaned here
        :param routes: Odoo's, list of (model, id or None, values, user id, alias)
        """
        machine = find_machine(message)
        if machine:
            _logger.info(
                'Ignored mail %s from %s for complaints: sent by a machine (%s)',
                message_dict['message_id'],
                message_dict['email_from'],
                machine,
            )
            return [route for route in routes if route[0] != self._name]
        for name in ('subject', 'body', 'email_from'):
            if message_dict.get(name):
                message_dict[name] = clean(message_dict[name])
        revised = []
        for model, thread_id, *rest in routes:
            target = thread_id
            if model == self._name:
                complaint = self.sudo().browse(thread_id or ()) or self._find_by_subject(message_dict)
                # What was merged goes on where it was merged into.
                target = (complaint.merged_into_id or complaint).id or thread_id
            # Once, if several addresses lead to one complaint.
            if not target or (model, target) not in [route[:2] for route in revised]:
                revised.append((model, target, *rest))
        return revised

    @api.model
    def _find_by_subject(self, message_dict):
        """The complaint whose number stands in the subject, if the sender is of its dealer; in sudo."""
        # Nobody is logged in: what may be found is said by the sender's address.
        complaints = self.sudo()
        numbers = NUMBER_IN_SUBJECT.findall(message_dict.get('subject') or '')
        dealers = self._find_mail_contacts(message_dict['email_from']).dealer_id if numbers else False
        if not dealers:
            return complaints
        return complaints.search([('name', 'in', numbers), ('dealer_id', 'in', dealers.ids)], order='id desc', limit=1)

    @api.model
    def _detect_loop_sender_domain(self, email_from_normalized):
        """By the indexed address, and not by a look through every complaint."""
        super()._detect_loop_sender_domain(email_from_normalized)
        return [('email_normalized', '=', email_from_normalized), ('source', '=', 'email')]

    # --------------------------------------------------------------- Whose it is

    @api.model
    def _find_mail_contacts(self, email_from):
        """The contacts of dealers with this address, in sudo; by one query."""
        address = email_normalize(email_from or '', strict=False)
        # Whoever runs the gateway need not be allowed to read contacts.
        partners = self.env['res.partner'].sudo()
        if not address:
            return partners
        return partners.search([('email_normalized', '=', address), ('dealer_id', '!=', False)], order='id')

    @api.model
    def _find_sender(self, email_from, company=None):
        """The contact who writes from this address, in sudo: of an active dealer rather than of another one, with a
        portal user rather than without.

        :param company: only dealers that this company deals with
        :return: the contact; empty if nobody is known, or dealers that stand equal share the address
        """
        contacts = self._find_mail_contacts(email_from)
        if company:
            contacts = contacts.filtered(lambda contact: contact.dealer_id.company_id in (company.browse(), company))
        for choice in (
            lambda contact: contact.dealer_id.dealer_state == 'active',
            lambda contact: contact.user_ids,
        ):
            contacts = contacts.filtered(choice) or contacts
        if len(contacts.dealer_id) != 1:
            return contacts.browse()
        # Rather the person than the dealer itself.
        return (contacts.filtered(lambda contact: contact != contact.dealer_id) or contacts)[:1]

    # ------------------------------------------------------------ What is made of it

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """A new complaint of a mail: its subject, its text, its sender, the team of the address."""
        custom_values = dict(custom_values or {})
        team = self.env['dealer.complaint.team'].browse(custom_values.get('team_id')).exists()
        sender = self._find_sender(msg_dict.get('email_from'), team.company_id)
        company = team.company_id or sender.dealer_id.company_id or self.env.company
        if sender:
            msg_dict['author_id'] = sender.id
        values = {
            'title': self._get_mail_title(msg_dict),
            'description': html2plaintext(msg_dict.get('body') or '').strip()[:DESCRIPTION_LENGTH],
            'source': 'email',
            'company_id': company.id,
            'partner_id': sender.id,
            'dealer_id': sender.dealer_id.id,
            # Odoo would take whoever runs the gateway.
            'user_id': False,
            **custom_values,
        }
        if team.type_ids and not values.get('type_id'):
            values['type_id'] = team.type_ids[0].id
        complaint = super(DealerComplaint, self.with_company(company)).message_new(msg_dict, values)
        if not complaint.dealer_id:
            complaint._ask_whose()
        # The mail itself is posted next: see message_post.
        return complaint.with_context(complaint_opening=OPENING)

    @api.model
    def _get_mail_title(self, msg_dict):
        title = ' '.join((msg_dict.get('subject') or '').split())
        return title[:TITLE_LENGTH] or self.env._('E-Mail without a Subject')

    def message_update(self, msg_dict, update_vals=None):
        """A mail to a complaint is its dealer's contact's, where several contacts have the address."""
        if self.dealer_id:
            known = self._find_mail_contacts(msg_dict.get('email_from'))
            own = known.filtered(lambda contact: contact.dealer_id == self.dealer_id)
            if own:
                msg_dict['author_id'] = (own & self.partner_id or own)[0].id
        return super().message_update(msg_dict, update_vals)

    def write(self, vals):
        """Once it is known who wrote, that contact is answered."""
        unknown = self.filtered(lambda complaint: not complaint.dealer_id) if vals.get('dealer_id') else self.browse()
        result = super().write(vals)
        for complaint in unknown.filtered(lambda complaint: complaint.email_normalized and not complaint.partner_id):
            contacts = complaint._find_mail_contacts(complaint.email_from)
            complaint.partner_id = contacts.filtered(lambda contact: contact.dealer_id.id == vals['dealer_id'])[:1]
        unknown._answer_whose()
        return result

    # ------------------------------------------------------------------ Answers

    def _notify_get_reply_to(self, default=None, author_id=False):
        """Answers come back to the address of the team, if it has one."""
        result = super()._notify_get_reply_to(default=default, author_id=author_id)
        # Who answers need not be allowed to read the alias.
        teams = self.sudo().team_id.filtered('alias_email')
        addresses = teams._notify_get_reply_to(default=default, author_id=author_id) if teams else {}
        result.update(
            {
                complaint.id: addresses[complaint.team_id.id]
                for complaint in self.sudo()
                if complaint.team_id.id in addresses
            }
        )
        return result

    def _message_get_suggested_recipients_batch(
        self,
        reply_discussion=False,
        reply_message=None,
        no_create=True,
        primary_email=False,
        additional_partners=None,
    ):
        """The dealer's contact, and never all those whom a mail went to besides."""
        suggested = super()._message_get_suggested_recipients_batch(
            no_create=no_create, primary_email=primary_email, additional_partners=additional_partners
        )
        return {
            res_id: [recipient for recipient in recipients if recipient['partner_id']]
            for res_id, recipients in suggested.items()
        }
