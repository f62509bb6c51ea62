from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class DealerRebateProgram(models.Model):
    """Who has written the terms: they do not decide on them, whoever hands them in."""

    _inherit = 'dealer.rebate.program'

    author_ids = fields.Many2many(
        'res.users',
        'dealer_rebate_program_author_rel',
        string='Written By',
        readonly=True,
        copy=False,
        help='Who has written or changed the terms: somebody else decides on them.',
    )

    @api.model_create_multi
    def create(self, vals_list):
        programs = super().create(vals_list)
        programs._note_author()
        return programs

    def write(self, vals):
        result = super().write(vals)
        if not self._get_asked_fields().isdisjoint(vals):
            self._note_author()
        return result

    def _note_author(self):
        """Remember that the user has had a hand in these terms."""
        user = self.env.user
        # Nobody has the right to write or to leave out an author by hand.
        unknown = self.sudo().filtered(lambda program: user not in program.author_ids)
        if unknown:
            unknown.author_ids = [Command.link(user.id)]

    @api.model
    def _get_settled_fields(self):
        return super()._get_settled_fields() | {'author_ids'}

    def _get_involved(self):
        """Whoever asked for the program, made it, or wrote a part of it.

        :rtype: res.users
        """
        self.ensure_one()
        return self.requester_id | self.create_uid | self.author_ids

    def _check_not_requester(self):
        result = super()._check_not_requester()
        for program in self:
            if self.env.user in program._get_involved():
                raise UserError(
                    self.env._(
                        'You have written the terms of "%s", or a part of them: somebody else has to decide on it.',
                        program.display_name,
                    )
                )
        return result


class DealerRebatePart(models.AbstractModel):
    """Whoever writes a band, a target or a condition by itself has written a part of its program."""

    _inherit = 'dealer.rebate.part'

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts.program_id._note_author()
        return parts

    def write(self, vals):
        programs = self.program_id
        result = super().write(vals)
        (programs | self.program_id)._note_author()
        return result

    def unlink(self):
        programs = self.program_id
        result = super().unlink()
        programs._note_author()
        return result
