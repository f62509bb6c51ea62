import math

from odoo import SUPERUSER_ID, models
from odoo.exceptions import UserError

from .dealer_complaint import DOCUMENT_PARTNERS

# What the parts of a complaint share with it.
SHARED = (
    'company_id',
    'dealer_id',
    'partner_id',
    'email_from',
    'phone',
    'source',
    'priority',
    'description',
    *DOCUMENT_PARTNERS,
    'rebate_line_id',
    'quantity_kind',
    'sample_taken',
    'date_received',
    'date_found',
)
# What a part may say of its own.
OWN = frozenset({'title', 'type_id', 'product_id', 'lot_name', 'quantity', 'quantity_kind'})


class DealerComplaint(models.Model):
    """A complaint about several things becomes several, each with its own way; the clocks began with the first."""

    _inherit = 'dealer.complaint'

    def action_split(self, parts):
        """Make a complaint of its own of each part.

        :param list parts: of dicts with ``title`` and whatever of ``type_id``, ``product_id``, ``lot_name``,
            ``quantity`` and ``quantity_kind`` is different
        :return: the new complaints, in the order of ``parts``
        :raise UserError: for a complaint that is over, for parts without a title or with nonsense in them, or for a
            plain part of a confidential complaint
        """
        self.ensure_one()
        self.check_access('write')
        self._check_parts(parts)
        self._check_may_split(parts)
        new = self.create([self._prepare_part_vals(part) for part in parts])
        # Steps: written by nobody by hand, and confidential parts are out of the user's sight already.
        made = new.sudo()
        made.split_from_id = self
        made._follow_clocks_of(self)
        self._copy_evidence_to(made)
        self._log_split(made)
        return new

    def _check_parts(self, parts):
        """Check what the parts say: other systems may send anything.

        :raise UserError: naming what is wrong
        """
        if not isinstance(parts, (list, tuple)) or not all(isinstance(part, dict) for part in parts):
            raise UserError(self.env._('Please send the parts as a list, each with its "title".'))
        titles = [part.get('title') for part in parts]
        if not titles or not all(isinstance(title, str) and title.strip() for title in titles):
            raise UserError(self.env._('Please give each part a subject.'))
        for part in parts:
            for name in OWN & part.keys():
                # Without a value it is as in the whole.
                if part[name] and not self._is_value_of_part(self._fields[name], part[name]):
                    raise UserError(
                        self.env._(
                            'The part "%(part)s": "%(value)s" cannot be its %(field)s.',
                            part=part['title'],
                            value=part[name],
                            field=self._fields[name]._description_string(self.env),
                        )
                    )

    def _is_value_of_part(self, field, value):
        if field.type == 'many2one':
            return type(value) is int and bool(self.env[field.comodel_name].browse(value).exists())
        if field.type == 'float':
            return type(value) in (int, float) and math.isfinite(value) and value > 0
        if field.type == 'selection':
            return value in field.get_values(self.env)
        return isinstance(value, str)

    def _check_may_split(self, parts):
        self.ensure_one()
        if not self.is_open:
            raise UserError(self.env._('The complaint %s is over: please reopen it first.', self.display_name))
        types = self.env['dealer.complaint.type'].browse({part.get('type_id') or self.type_id.id for part in parts})
        if self.confidential and not all(types.mapped('confidential')):
            raise UserError(
                self.env._('The complaint %s is confidential: so must be the types of its parts.', self.name)
            )

    def _prepare_part_vals(self, part):
        """The values of the new complaint of ``part``."""
        self.ensure_one()
        own = {name: value for name, value in part.items() if name in OWN and value}
        shared = {name: self._fields[name].convert_to_write(self[name], self) for name in SHARED}
        vals = {'type_id': self.type_id.id, **shared, **own}
        if vals['type_id'] == self.type_id.id:
            # Another type may be another team's; who knows the case goes on with the rest of it.
            vals.update(team_id=self.team_id.id, user_id=self.user_id.id)
        return vals

    def _copy_evidence_to(self, complaints):
        """Each complaint shows for itself what was seen; files of one content are stored once."""
        evidence = self._get_evidence()
        for complaint in complaints:
            evidence.copy({'res_id': complaint.id})

    def _log_split(self, new):
        """Note it at both ends, and tell the dealer."""
        self.ensure_one()
        for complaint in new.sudo():  # who splits off what is confidential need not be allowed to read it
            complaint._log(self.env._('Split off from %s.', self.name))
        # Our own people read what the dealer is told, too: of a confidential part it is told at that part.
        apart = new.browse() if self.confidential else new.sudo().filtered('confidential')
        self._tell_split(self, new - apart)
        self._tell_split(apart[:1], apart)

    def _tell_split(self, place, parts):
        """Tell the dealer once, at the complaint ``place``. No person's reply: it stops no clock."""
        if not parts:
            return
        # Whoever splits need not be allowed to read the dealer's contacts.
        contact = self.sudo().partner_id or self.sudo().dealer_id
        place = place.with_context(lang=contact.lang or self.env.lang)
        text = place.env._(
            'We deal with parts of %(number)s as complaints of their own: %(parts)s.',
            number=self.name,
            # The dealer reads the subjects, also where whoever splits does not.
            parts=', '.join(parts.with_user(SUPERUSER_ID).mapped('display_name')),
        )
        place.message_post(
            body=text, message_type='auto_comment', subtype_xmlid='mail.mt_comment', partner_ids=contact.ids
        )
