import hashlib

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from ..tools.photo import FILE_MAX, PIXELS_MAX, EvidenceRefused, read_evidence

# Files of one submission, and of a complaint in all.
FILES_MAX = 20
ATTACHMENTS_MAX = 200
# What the dealer reads: what was said to it or by it, and no note.
SAID = ('comment', 'email', 'email_outgoing', 'auto_comment')


class DealerComplaint(models.Model):
    """What a dealer says and shows, and what of it, and of our own words, it sees again.

    Its files hang on its messages: it sees the files of comments, and none that our people keep among notes.
    """

    _inherit = 'dealer.complaint'

    @api.model
    def _read_evidence(self, files):
        """The files of one submission as they may be kept.

        :param files: ``[(name, bytes)]`` as they were sent
        :return: ``[(name, bytes)]``: photographs upright, smaller and without metadata; documents as they are
        :raise UserError: for what is no photograph and no PDF, or too much; the sentence names the file
        """
        if len(files) > FILES_MAX:
            raise UserError(self.env._('At most %s photographs or documents at once, please.', FILES_MAX))
        evidence = []
        for name, content in files:
            try:
                found = read_evidence(name, content)
            except EvidenceRefused as refusal:
                raise UserError(self._describe_refusal(name, refusal.problem)) from refusal
            evidence.append((found.name, found.content))
        return evidence

    @api.model
    def _describe_refusal(self, name, problem):
        name = (name or '').encode('utf-8', 'ignore').decode().replace('\x00', '')[:80]
        if problem == 'empty':
            return self.env._('The file "%s" is empty. Please choose it again.', name)
        if problem == 'too_big':
            return self.env._(
                'The file "%(name)s" is too large: at most %(size)s MB each, please.',
                name=name,
                size=FILE_MAX // 1024**2,
            )
        if problem == 'too_many_pixels':
            return self.env._(
                'The photograph "%(name)s" has too many pixels: at most %(pixels)s million, please.',
                name=name,
                pixels=PIXELS_MAX // 10**6,
            )
        if problem == 'too_many_pages':
            return self.env._('The file "%s" has too many pages, or too large ones. Please send it as a PDF.', name)
        if problem == 'damaged':
            return self.env._('The photograph "%s" is damaged and cannot be read. Please take it again.', name)
        return self.env._(
            'The file "%s" is neither a photograph (JPEG, PNG or WebP) nor a PDF document. Please send it as one.', name
        )

    def _say_from_portal(self, contact, text='', files=(), key=''):
        """Write down what the dealer says and shows.

        :param contact: partner of the dealer who says it
        :param str text: plain
        :param files: ``[(name, bytes)]`` as they were sent
        :param str key: of the form; the same words and files that are sent with it again are written once
        :return: the message
        :raise UserError: without anything, or for files that are not taken
        """
        self.ensure_one()
        self._take_turns()
        message_id = self._get_form_message_id(key, text, files)
        if message_id and (said := self._find_said(message_id)):
            return said
        evidence = self._read_evidence(files)
        if not text and not evidence:
            raise UserError(self.env._('Please write something, or choose a photograph.'))
        if evidence:
            self._check_room_for(len(evidence))
        return self.message_post(
            author_id=contact.id,
            body=plaintext2html(text) if text else '',
            attachments=evidence,
            message_type='comment',
            subtype_xmlid='mail.mt_comment',
            **({'message_id': message_id} if message_id else {}),
        )

    def _take_turns(self):
        """Of two who say something at once, or one who taps twice, the second waits for the first.

        Odoo then runs it again, for PostgreSQL cannot serialize two updates of a row: it finds what the first wrote.
        """
        self.env.cr.execute('UPDATE dealer_complaint SET id = id WHERE id = %s', [self.id])

    def _get_form_message_id(self, key, text, files):
        """The Message-Id of what a form says, by which a mail that comes twice is known, too; '' without a key.

        What was changed before it was sent again is something else, and is not lost.
        """
        if not key:
            return ''
        told = repr((key, text, [(name, hashlib.sha256(content).hexdigest()) for name, content in files]))
        domain = self.company_id.alias_domain_id.name or 'localhost'
        return f'<{hashlib.sha256(told.encode()).hexdigest()}-dealer-complaint-{self.id}@{domain}>'

    @api.model
    def _find_said(self, message_id):
        """The message of this Message-Id, wherever a merge has moved it; or empty."""
        return self.env['mail.message'].search([('message_id', '=', message_id), ('model', '=', self._name)], limit=1)

    def _check_room_for(self, number):
        if len(self._get_evidence()) + number > ATTACHMENTS_MAX:
            raise UserError(
                self.env._(
                    'A complaint holds at most %s photographs and documents. Please tell us if you have to show more.',
                    ATTACHMENTS_MAX,
                )
            )

    def _get_said_messages(self):
        """What was said between the dealer and us, the oldest first; no notes, nothing that a machine noted."""
        self.ensure_one()
        comment = self.env.ref('mail.mt_comment')
        messages = self.env['mail.message'].search(
            [
                ('model', '=', self._name),
                ('res_id', '=', self.id),
                ('message_type', 'in', SAID),
                ('subtype_id', '=', comment.id),
                ('is_internal', '=', False),
            ],
            order='id',
        )
        return messages - messages._filter_empty()

    def _get_said_files(self):
        """The files that the dealer has shown, or was sent."""
        return self._get_said_messages().attachment_ids.sorted('id')
