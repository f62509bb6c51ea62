from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError


class DealerTierPeriod(models.Model):
    """A span of days in which a dealer held a tier: who set it, when and why.

    The periods of one dealer follow on without overlap; the open one (no end) is the present
    tier. A tier that was replaced on the day it was given leaves an empty period (its end is the
    day before its start): it is kept for the record and is in force on no day.
    """

    _name = 'dealer.tier.period'
    _description = 'Tier of a Dealer over Time'
    _order = 'date_from desc, id desc'
    _rec_name = 'dealer_id'

    dealer_id = fields.Many2one('res.partner', required=True, readonly=True, index=True, ondelete='restrict')
    grade_id = fields.Many2one(
        'res.partner.grade',
        'Tier',
        readonly=True,
        ondelete='restrict',
        help='Empty: the dealer had no tier in this period.',
    )
    date_from = fields.Date('From', required=True, readonly=True)
    date_to = fields.Date('Until', readonly=True, help='Last day, inclusive. Empty: until today.')
    user_id = fields.Many2one('res.users', 'Set By', readonly=True)
    reason = fields.Char(readonly=True)

    _one_open_period = models.UniqueIndex(
        '(dealer_id) WHERE date_to IS NULL',
        'A dealer has one tier at a time.',
    )
    _dates_in_order = models.Constraint('CHECK (date_to >= date_from - 1)', 'A tier cannot end before it began.')
    _dealer_date_index = models.Index('(dealer_id, date_from, date_to)')

    @api.model
    def _record_change(self, dealers, reason=None, date=None, created=False):
        """Close each dealer's open period and open one for the tier it has now.

        :param dealers: the ``res.partner`` records whose tier has just changed
        :param str reason: why, shown in the history
        :param date: first day of the new tier; today unless given
        :param bool created: whether the dealers are new and have no history yet
        :raise UserError: if ``date`` is in the future or before the present tier began
        """
        today = self.env.company._get_dealer_date()
        date = fields.Date.to_date(date) or today
        if date > today:
            raise UserError(self.env._('A tier begins today or earlier, not on %s.', date))
        if not created:
            self._close(dealers, date)
        return self.create(
            [
                {
                    'dealer_id': dealer.id,
                    'grade_id': dealer.grade_id.id,
                    'date_from': date,
                    'user_id': self.env.uid,
                    'reason': reason,
                }
                for dealer in dealers
            ]
        )

    @api.model
    def _close(self, dealers, date=None):
        """End the dealers' present tier on the day before ``date``, today unless given."""
        date = date or self.env.company._get_dealer_date()
        open_periods = self.search([('dealer_id', 'in', dealers.ids), ('date_to', '=', False)])
        if too_early := open_periods.filtered(lambda period: period.date_from > date)[:1]:
            raise UserError(
                self.env._(
                    'The present tier of "%(dealer)s" began on %(date_from)s: the next one cannot begin before.',
                    dealer=too_early.dealer_id.display_name,
                    date_from=too_early.date_from,
                )
            )
        open_periods.write({'date_to': date - timedelta(days=1)})
        # The present tier is unique in the database: the old one ends before the new one begins.
        open_periods.flush_recordset(['date_to'])

    @api.model
    def _get_domain_on(self, date):
        """Domain of the periods that are in force on ``date``."""
        return [
            ('date_from', '<=', date),
            '|',
            ('date_to', '=', False),
            ('date_to', '>=', date),
        ]
