from odoo import api, fields, models
from odoo.exceptions import AccessError


class DealerRequestMixin(models.AbstractModel):
    """A numbered request: whoever writes it down writes what is asked for; its steps write all else.

    The number comes from the sequence whose code is the model's name. Models say which fields are
    written by steps (``_get_settled_fields``) and which are asked for (``_get_asked_fields``), and
    until when the latter may be changed (``_check_can_be_changed``).
    """

    _name = 'dealer.request.mixin'
    _description = 'Numbered Request That Needs Approval'
    _inherit = ['dealer.approval.mixin']

    name = fields.Char('Number', required=True, readonly=True, copy=False, default='/', index='trigram')

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [self._prepare_asked_vals(vals) for vals in vals_list]
        numbers = self.env['ir.sequence'].sudo().next_by_code_batch(self._name, len(vals_list))
        requests = super().create(
            [
                {**vals, 'name': number} if vals.get('name', '/') == '/' else vals
                for vals, number in zip(vals_list, numbers, strict=True)
            ]
        )
        if not self.env.su:
            requests._compute_settled_fields()
        return requests

    def _compute_settled_fields(self):
        """Have what is settled by computing it computed, whatever somebody has made its default."""
        for name in self._get_settled_fields():
            field = self._fields[name]
            if field.compute and field.store:
                self.env.add_to_compute(field, self)

    @api.model
    def _prepare_asked_vals(self, vals):
        settled = self._get_settled_fields()
        return {**{name: value for name, value in vals.items() if name not in settled}, **self._prepare_new_vals()}

    @api.model
    def _prepare_new_vals(self):
        """What every new request begins with: said, not left to defaults, which anybody may set."""
        nothing = {name: False for name in self._get_settled_fields() if not self._fields[name].compute}
        return {**nothing, 'name': '/', 'state': self._get_first_state(), 'requester_id': self.env.uid}

    def write(self, vals):
        if not self.env.su:
            if not self._get_settled_fields().isdisjoint(vals):
                raise AccessError(self._get_settled_message())
            if not self._get_asked_fields().isdisjoint(vals):
                self._check_can_be_changed()
        return super().write(vals)

    # ------------------------------------------------- What a model says of itself

    @api.model
    def _get_first_state(self):
        return 'draft'

    @api.model
    def _get_settled_fields(self):
        """What the steps write, and nobody else."""
        return frozenset({'name', 'state', 'requester_id', 'approver_id'})

    @api.model
    def _get_asked_fields(self):
        """What is asked for: fixed from some step on."""
        return frozenset()

    @api.model
    def _get_settled_message(self):
        return self.env._('This is decided by its steps, not by writing it.')

    def _check_can_be_changed(self):
        """Check that what is asked for can still be changed.

        :raise UserError: once it was handed in
        """
