from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResPartner(models.Model):
    """Who supplies a dealer: a chain of any depth, without a circle."""

    _inherit = 'res.partner'

    upstream_dealer_id = fields.Many2one(
        'res.partner',
        tracking=True,
        index='btree_not_null',
        domain="[('is_dealer', '=', True), ('id', '!=', id)]",
        ondelete='restrict',
        help='The dealer that supplies this one; empty when it buys from us.',
    )
    downstream_dealer_ids = fields.One2many('res.partner', 'upstream_dealer_id', 'Downstream Dealers')
    downstream_dealer_count = fields.Integer(compute='_compute_downstream_dealer_count')

    _dealer_upstream_not_self = models.Constraint(
        'CHECK (upstream_dealer_id != id)', 'A dealer cannot be its own upstream dealer.'
    )

    @api.constrains('upstream_dealer_id')
    def _check_upstream_dealer(self):
        supplied = self.filtered('upstream_dealer_id')
        if not supplied:
            return
        for partner in supplied:
            if not partner.is_dealer or not partner.sudo().upstream_dealer_id.is_dealer:
                raise ValidationError(
                    self.env._(
                        'Only a dealer can supply a dealer: please check "%(dealer)s" and its upstream dealer "%(upstream)s".',
                        dealer=partner.display_name,
                        upstream=partner.sudo().upstream_dealer_id.display_name,
                    )
                )
        supplied._lock_upstream_chain()
        if not supplied._has_cycle('upstream_dealer_id'):
            return
        for partner in supplied:
            if partner._has_cycle('upstream_dealer_id'):
                raise ValidationError(
                    self.env._(
                        '"%(dealer)s" would in the end supply itself: "%(upstream)s" is one of its downstream dealers.',
                        dealer=partner.display_name,
                        upstream=partner.sudo().upstream_dealer_id.display_name,
                    )
                )

    def _lock_upstream_chain(self):
        """Lock the dealers above, so that two changes at once cannot close a circle together.

        Under REPEATABLE READ neither of two transactions sees the other's new link. Each writes
        its own dealer and locks all those above it; a circle needs each to lock what the other
        has written, and PostgreSQL then lets one of them fail with a serialization error (or a
        deadlock), which Odoo runs again: the second run sees the first one's link.
        """
        self.flush_model(['upstream_dealer_id'])
        self.env.cr.execute(
            """
            WITH RECURSIVE above(id) AS (
                SELECT upstream_dealer_id FROM res_partner WHERE id = ANY(%s)
                UNION
                SELECT p.upstream_dealer_id FROM res_partner p JOIN above ON p.id = above.id
                 WHERE p.upstream_dealer_id IS NOT NULL
            )
            SELECT id FROM res_partner WHERE id IN (SELECT id FROM above) ORDER BY id FOR NO KEY UPDATE
            """,
            [self.ids],
        )

    def _compute_downstream_dealer_count(self):
        counts = dict(self._read_group([('upstream_dealer_id', 'in', self.ids)], ['upstream_dealer_id'], ['__count']))
        for partner in self:
            partner.downstream_dealer_count = counts.get(partner, 0)

    @api.model
    def _check_upstream_readable(self, vals):
        """An upstream dealer must be one that the user may see: nothing is learnt by guessing ids."""
        if vals.get('upstream_dealer_id') and not self.env.su:
            self.browse(vals['upstream_dealer_id']).check_access('read')

    def action_view_downstream_dealers(self):
        """Open the dealers that this dealer supplies."""
        self.ensure_one()
        self.check_access('read')
        action = self.env['ir.actions.act_window']._for_xml_id('dealer_management.dealer_action')
        action['domain'] = [('upstream_dealer_id', '=', self.id)]
        action['context'] = {
            'default_is_dealer': True,
            'default_is_company': True,
            'default_upstream_dealer_id': self.id,
        }
        return action
