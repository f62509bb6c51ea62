from odoo import api, models


class DealerWindowMixin(models.AbstractModel):
    """A window is about what its user may read.

    Odoo names what a record links to, and computes what is stored, as superuser: opened on the id of somebody
    else's order, a window would tell whose it is and what it comes to.
    """

    _name = 'dealer.window.mixin'
    _description = 'Window about Records'

    @api.model_create_multi
    def create(self, vals_list):
        windows = super().create(vals_list)
        windows._check_links_are_read()
        return windows

    def write(self, vals):
        result = super().write(vals)
        self._check_links_are_read()
        return result

    def _check_links_are_read(self):
        """Check the right to read whatever these windows link to.

        :raise AccessError: if there is something that the user may not read
        """
        links = [
            name
            for name, field in self._fields.items()
            if field.relational and field.store and name not in models.MAGIC_COLUMNS
        ]
        for name in links:
            # Of several, the user's own eyes would leave out those that it may not read.
            linked = self.sudo()[name].with_env(self.env)
            if linked:
                linked.check_access('read')
