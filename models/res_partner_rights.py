from odoo import api, models
from odoo.exceptions import AccessError


class ResPartner(models.Model):
    """Who may change what of a dealer, for screens, imports and the API alike."""

    _inherit = 'res.partner'

    @api.model
    def _check_channel_staff(self):
        if not self.env.su and not self.env.user.has_group('dealer_management.group_dealer_staff_own'):
            raise AccessError(self.env._('Only channel staff can change what makes a contact a dealer.'))

    def _check_created_rights(self):
        """Only channel staff create contacts with a dealer's fields, whichever default fills them."""
        if self.env.su or self.env.user.has_group('dealer_management.group_dealer_staff_own'):
            return
        names = self._get_channel_fields()
        # In sudo: fields that the user cannot read are judged as well.
        if any(partner[name] for partner in self.sudo() for name in names):
            self._check_channel_staff()

    def _check_dealer_rights(self, vals):
        """Who may change what of a dealer, in one place for screens, imports and the API.

        * channel staff: the dealer's facts, and its first tier;
        * staff for all dealers: the channel account manager;
        * channel managers: a dealer's code and end, every later tier, and that it is a dealer no more;
        * the steps of its life: see ``_check_state_rights``.

        Writing what is there already, as the merging of contacts does, takes no right.

        :raise AccessError: if the user lacks the role
        """
        user = self.env.user
        if self.env.su or user.has_group('dealer_management.group_dealer_manager'):
            return
        changed = {name for name in self._get_channel_fields() & vals.keys() if self._is_changed_by(name, vals[name])}
        dealers = self.filtered('is_dealer')
        if 'grade_id' in vals and dealers and self._is_changed_by('grade_id', vals['grade_id']):
            changed.add('grade_id')
        if not changed:
            return
        self._check_channel_staff()
        managed = changed & {'dealer_ended_date'}
        if dealers:
            managed |= changed & {'is_dealer', 'dealer_code'}
            # The first tier is staff's, as long as there has been none; a history counts, read or not.
            if 'grade_id' in changed and dealers.sudo().tier_period_ids:
                managed.add('grade_id')
        if managed:
            raise AccessError(
                self.env._(
                    'Only a channel manager can change this of a dealer: %s.',
                    ', '.join(self._fields[name]._description_string(self.env) for name in sorted(managed)),
                )
            )
        if 'channel_account_manager_id' in changed and not user.has_group('dealer_management.group_dealer_staff'):
            handed_over = dealers.filtered('channel_account_manager_id')
            if handed_over:
                raise AccessError(self.env._('You look after your own dealers and cannot hand them to somebody else.'))

    def _is_changed_by(self, name, value):
        """Whether writing ``value`` into the field changes any record of ``self``."""
        field = self._fields[name]
        if field.type in ('properties', 'one2many', 'many2many'):
            return True
        value = field.convert_to_cache(value, self, validate=False)
        return any(field.convert_to_cache(partner[name], partner, validate=False) != value for partner in self.sudo())
