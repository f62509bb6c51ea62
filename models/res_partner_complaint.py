from odoo import fields, models

# What the clock of a dealer's own deadlines rests on.
CLOCK_FIELDS = ('tz', 'complaint_calendar_id')


class ResPartner(models.Model):
    """How complaints are handled with a dealer."""

    _inherit = 'res.partner'

    complaint_calendar_id = fields.Many2one(
        'resource.calendar',
        'Working Hours',
        ondelete='restrict',
        check_company=True,
        index='btree_not_null',
        groups='dealer_management.group_dealer_access',
        copy=False,  # whoever copies a contact need not be allowed to read it
        help="By which the dealer's own deadlines in complaints run. Empty: our hours, in the dealer's time zone.",
    )

    def write(self, vals):
        """A dealer's other hours, or its move to another time zone, plan its own open deadlines anew."""
        watched = [name for name in CLOCK_FIELDS if name in vals]
        # Whoever says where a dealer is need not be allowed to read its working hours.
        dealers = self.sudo().filtered('is_dealer') if watched else self.sudo().browse()
        before = {dealer: [dealer[name] for name in watched] for dealer in dealers}
        result = super().write(vals)
        changed = dealers.filtered(lambda dealer: before[dealer] != [dealer[name] for name in watched])
        if changed:
            self.env['dealer.deadline']._plan_dealers_anew(changed)
        return result
