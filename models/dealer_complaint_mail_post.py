import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize_all
from odoo.tools.mimetypes import guess_mimetype

from ..tools.photo import FILE_MAX, EvidenceRefused, clean_name, read_evidence, read_scan
from .dealer_complaint_evidence import ATTACHMENTS_MAX
from .dealer_complaint_mail import OPENING, clean

# What a mail may bring, by what the file holds and not by what it is called: pictures, which are drawn anew, and what
# is kept as it came, by the extensions that are its own; the first is given to what has none of them.
PHOTOGRAPHS = frozenset({'image/jpeg', 'image/png', 'image/webp'})
SCANS = frozenset({'image/gif', 'image/bmp', 'image/x-ms-bmp', 'image/tiff'})
DOCUMENTS = {
    'image/heic': ('heic', 'heif'),
    'application/pdf': ('pdf',),
    'application/msword': ('doc',),
    'application/vnd.ms-excel': ('xls',),
    'application/vnd.ms-office': ('doc', 'xls', 'ppt', 'msg'),
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document': ('docx',),
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': ('xlsx',),
    'application/vnd.openxmlformats-officedocument.presentationml.presentation': ('pptx',),
    'application/vnd.oasis.opendocument.text': ('odt',),
    'application/vnd.oasis.opendocument.spreadsheet': ('ods',),
    'message/rfc822': ('eml',),
    'text/csv': ('csv', 'txt'),
    'text/plain': ('txt', 'csv'),
}
UNKNOWN = 'application/octet-stream'
# What Odoo tells apart only where the library libmagic is installed, by how it begins.
BEGINNINGS = {
    'image/bmp': re.compile(rb'BM'),
    'image/tiff': re.compile(rb'II\*\x00|MM\x00\*'),
    'image/heic': re.compile(rb'....ftyp(?:hei[cxms]|mif1|msf1)', re.DOTALL),
}
# Answers by machine to the same address.
RECEIPT_PAUSE = timedelta(hours=1)
RECEIPT_HEADERS = {'Auto-Submitted': 'auto-replied', 'X-Auto-Response-Suppress': 'All'}


class DealerComplaint(models.Model):
    """What comes with a mail, whom it goes on to, and the receipt for a new complaint."""

    _inherit = 'dealer.complaint'

    date_receipt = fields.Datetime(
        'Receipt Sent', readonly=True, copy=False, help='When the sender was told its number.'
    )

    def message_post(self, *, message_type='notification', attachments=None, **kwargs):
        refused = []
        if message_type == 'email':
            attachments, refused = self._sort_mail_files(attachments or [])
        if message_type in ('email', 'comment'):
            kwargs.update(self._prepare_recipients(message_type, kwargs))
        message = super().message_post(message_type=message_type, attachments=attachments, **kwargs)
        complaint = self.with_context(complaint_opening=None)
        if refused:
            complaint._log('\n'.join([self.env._('Not kept of this mail:'), *refused]))
        if self.env.context.get('complaint_opening') is OPENING:
            complaint._send_receipt(message)
        return message

    # ---------------------------------------------------------- Whom it goes to

    def _prepare_recipients(self, message_type, values):
        """What our people say by mail goes to the dealer's contact as well, and to a sender whom nobody knows yet.

        :param values: those of ``message_post``
        :return: dict of those to change
        """
        # Whoever answers need not be allowed to read contacts.
        complaint = self.sudo()
        contact = complaint.partner_id or complaint.dealer_id
        by_mail = message_type == 'email'
        if self.env.context.get('complaint_opening') is OPENING or not self._is_for_dealer(values):
            return {}
        author = complaint.env['res.partner'].browse(values.get('author_id') or ())
        if not (any(not user.share for user in author.user_ids) if by_mail else self.env.user._is_internal()):
            return {}
        if contact:
            return {'partner_ids': [*(values.get('partner_ids') or ()), contact.id]} if by_mail else {}
        address = complaint._get_unknown_address()
        had = email_normalize_all(f'{values.get("incoming_email_to") or ""}, {values.get("incoming_email_cc") or ""}')
        return {'outgoing_email_to': address} if address and address not in had else {}

    def _get_unknown_address(self):
        """Where whoever wrote is answered while nobody knows which dealer it is; False for our own people."""
        address = self.email_normalized
        users = self.env['res.users'].sudo()  # who has an address does not depend on who may read users
        if address and users.search_count([('share', '=', False), ('email_normalized', '=', address)], limit=1):
            return False
        return address

    # -------------------------------------------------------------------- Files

    def _sort_mail_files(self, files):
        """The files of a mail that are kept, and why the others are not.

        :param files: as Odoo reads them of a mail, tuples (name, content, info)
        :return: list of such tuples, photographs as those of the portal are kept; list of sentences
        """
        kept, refused = [], []
        room = ATTACHMENTS_MAX - len(self._get_evidence()) if files else 0
        for given_name, content, *info in files:
            name = clean(given_name or '').strip() or 'file'
            if len(kept) >= room:
                refused.append(
                    self.env._(
                        'The file "%(name)s" is one too many: a complaint holds at most %(count)s.',
                        name=name,
                        count=ATTACHMENTS_MAX,
                    )
                )
                continue
            try:
                kept.append((*self._read_mail_file(name, self._get_file_bytes(content, *info)), *info))
            except UserError as refusal:
                refused.append(str(refusal))
        return kept, refused

    @api.model
    def _read_mail_file(self, name, content):
        """A file of a mail as it may be kept: by what it holds, whatever its name says.

        :return: name with the extension of what it holds, bytes
        :raise UserError: if it is too large, damaged, or none that a mail may bring
        """
        kind = guess_mimetype(content, default=UNKNOWN)
        if kind == UNKNOWN:
            kind = next((kind for kind, beginning in BEGINNINGS.items() if beginning.match(content)), kind)
        try:
            if kind in PHOTOGRAPHS or not content or len(content) > FILE_MAX:
                return read_evidence(name, content)[:2]
            if kind in SCANS:
                return read_scan(name, content)[:2]
        except EvidenceRefused as refusal:
            raise UserError(self._describe_refusal(name, refusal.problem)) from refusal
        if kind not in DOCUMENTS:
            raise UserError(self.env._('The file "%s" is neither a photograph nor a document.', name))
        given = name.rpartition('.')[2].lower()
        own = DOCUMENTS[kind]
        return clean_name(name, given if given in own else own[0]), content

    @api.model
    def _get_file_bytes(self, content, info=None):
        if isinstance(content, str):
            return content.encode((info or {}).get('encoding') or 'utf-8', 'ignore')
        return content.as_bytes() if hasattr(content, 'as_bytes') else content or b''

    # ------------------------------------------------------------------ Receipt

    def _send_receipt(self, message):
        """Tell the sender of a new complaint its number: once an hour, and never one of our own addresses.

        A mail by machine: it stops no clock.
        """
        address = self.email_normalized
        template = self.env.ref('dealer_management.mail_template_complaint_receipt', raise_if_not_found=False)
        if not template or not self._get_unknown_address() or self._is_of_staff(message):
            return
        # Two Odoo that answer each other would never end.
        if self.env['mail.alias.domain'].sudo()._find_aliases([address]):
            return
        now = fields.Datetime.now()
        recent = [('email_normalized', '=', address), ('date_receipt', '>', now - RECEIPT_PAUSE)]
        if self.sudo().search_count(recent, limit=1):
            return
        self.sudo().date_receipt = now
        # No layout of Odoo's: it would send what a stranger wrote to whomever the stranger names.
        template.sudo().send_mail(
            self.id,
            email_values={
                'email_to': self.email_from,
                'headers': repr(RECEIPT_HEADERS),
                'reply_to': self._notify_get_reply_to(
                    default=self.company_id.email_formatted, author_id=self.company_id.partner_id.id
                )[self.id],
            },
        )

    def _get_sender_lang(self):
        """The language that a sender is written to in: its own, the dealer's, or the company's."""
        self.ensure_one()
        return self.partner_id.lang or self.dealer_id.lang or self.company_id.partner_id.lang or self.env.lang
