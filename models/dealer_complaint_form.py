from typing import NamedTuple

from odoo import models

# Photographs on a printed form.
MOST_PHOTOGRAPHS = 6
PHOTOGRAPH_TYPES = ('image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/bmp', 'image/tiff')


class Photograph(NamedTuple):
    """A photograph on the form; ``src`` is None for a file that cannot be shown."""

    name: str
    src: str | None


class DealerComplaint(models.Model):
    """The printed problem form: what the dealer gets of it, and what stays inside."""

    _inherit = 'dealer.complaint'

    def _get_form_filename(self):
        self.ensure_one()
        return self.env._('Problem form %s', self.name)

    def _get_form_lang(self, internal):
        """The dealer reads its own language, our people theirs."""
        self.ensure_one()
        contact = self.partner_id or self.dealer_id
        return (not internal and contact.lang) or self.env.lang or self.env.user.lang

    def _get_form_zone(self, internal):
        """The zone that the moments of the form are written in."""
        self.ensure_one()
        contact = self.partner_id or self.dealer_id
        return (not internal and contact.tz) or str(self.company_id._get_dealer_zone())

    def _get_form_answer(self):
        """What the dealer was told; what is still being written is not on its copy."""
        self.ensure_one()
        return self.answer if self.date_answered else False

    def _get_form_outcomes(self, internal):
        """What came of it: to the dealer only what has been done, no plans."""
        self.ensure_one()
        return self.outcome_ids.filtered(
            lambda outcome: outcome.state != 'cancelled' and (internal or outcome.state != 'draft')
        )

    def _get_form_photographs(self, internal):
        """The first photographs of this complaint, shrunk; without those of our own notes on the dealer's copy.

        :return: list of :class:`Photograph`
        """
        self.ensure_one()
        files = self._get_evidence().filtered(lambda file: file.mimetype in PHOTOGRAPH_TYPES)
        if not internal:
            files -= self._get_noted_files()
        return [Photograph(file.name, file._get_thumbnail_uri()) for file in files[:MOST_PHOTOGRAPHS]]

    def _get_noted_files(self):
        """Files that only notes hold, which the dealer does not see."""
        # What is a note does not depend on who prints it.
        messages = self.sudo().message_ids
        notes = messages.filtered(lambda message: message.is_internal or message.subtype_id.internal)
        return notes.attachment_ids - (messages - notes).attachment_ids
