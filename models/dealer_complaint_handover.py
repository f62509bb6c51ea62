from odoo import api, models

from .dealer_complaint_confidential import CONFIDENTIAL_GROUP

# What a complaint is handed over with; all else is written before, by the right of whoever hands it over.
HANDED_OVER = frozenset({'type_id', 'team_id', 'user_id'})


class DealerComplaint(models.Model):
    """Whoever sees that a complaint is confidential hands it to the head office, and does not see it again.

    Outermost of all that complaints inherit from: whatever follows from the new type is done in sudo, for by then it
    is out of the user's sight.
    """

    _inherit = 'dealer.complaint'

    def _is_handed_over(self, vals):
        """Whether the user, by writing ``vals``, loses sight of what it writes them to."""
        if self.env.su or self.env.user.has_group(CONFIDENTIAL_GROUP):
            return False
        return self.env['dealer.complaint.type'].browse(vals.get('type_id') or ()).confidential

    # ------------------------------------------------------------------- CRUD

    @api.model
    def _prepare_new_vals_list(self, vals_list):
        """What is handed over is made by the user's own right, and hidden when it is there."""
        vals_list = super()._prepare_new_vals_list(vals_list)
        return [{**vals, 'confidential': False} if self._is_handed_over(vals) else vals for vals in vals_list]

    @api.model_create_multi
    def create(self, vals_list):
        complaints = super().create(vals_list)
        # A step: written by nobody by hand.
        handed_over = complaints.sudo().filtered(
            lambda complaint: complaint.type_id.confidential and not complaint.confidential
        )
        if handed_over:
            handed_over.confidential = True
            handed_over._hide_what_was_told()
            complaints._tell_handed_over(handed_over)
        return complaints

    def write(self, vals):
        if not self._is_handed_over(vals):
            return super().write(vals)
        handed_over = self.filtered(lambda complaint: not complaint.confidential)
        handed_over.check_access('write')
        own = {name: value for name, value in vals.items() if name not in HANDED_OVER}
        if own:
            super().write(own)
        # Seen to be the user's to write just now; what follows from the type no longer is.
        super(DealerComplaint, handed_over.sudo()).write(
            {name: value for name, value in vals.items() if name in HANDED_OVER}
        )
        self._tell_handed_over(handed_over.sudo())
        return True

    def _tell_handed_over(self, complaints):
        """Tell the user, on the screen, where these complaints have gone."""
        if not complaints:
            return
        self.env.user._bus_send(
            'simple_notification',
            {
                'type': 'success',
                'sticky': True,
                'title': self.env._('Handed to the Head Office'),
                'message': self.env._(
                    'Confidential, and out of your sight from now on: %s.', ', '.join(complaints.mapped('name'))
                ),
            },
        )

    # --------------------------------------------------------------- On screen

    def web_save(self, vals, specification, next_id=None):
        """Of what was handed over nothing is read back: an empty list; the form leaves it."""
        if next_id or not specification or not self._is_handed_over(vals):
            return super().web_save(vals, specification, next_id=next_id)
        saved = super().web_save(vals, {})
        return self._make_blank(saved, specification) if len(self) > 1 else []

    def web_save_multi(self, vals_list, specification):
        handed_over = self.browse(
            complaint.id
            for complaint, vals in zip(self, vals_list, strict=False)
            if specification and self._is_handed_over(vals)
        )
        if not handed_over:
            return super().web_save_multi(vals_list, specification)
        saved = super().web_save_multi(vals_list, {})
        blank = self._make_blank([{'id': complaint.id} for complaint in handed_over], specification)
        kept = (self - handed_over).with_context(bin_size=True).web_read(specification)
        by_id = {values['id']: values for values in [*blank, *kept]}
        return [by_id[values['id']] for values in saved]

    @api.model
    def _make_blank(self, saved, specification):
        """Rows of a list that say nothing, until it is loaded again."""
        blank = {name: [] if self._fields[name].type in ('one2many', 'many2many') else False for name in specification}
        return [{**blank, 'id': values['id']} for values in saved]
