from odoo import models
from odoo.exceptions import UserError

from .dealer_complaint_stage import ANSWERED_STATES

STARS_MAX = 5


class DealerComplaint(models.Model):
    """How content the dealer is: its own word, which nobody else can give."""

    _inherit = 'dealer.complaint'

    def _rating_get_partner(self):
        return super()._rating_get_partner() or self.dealer_id

    def _may_rate(self):
        """Whether the dealer has an answer that it has not rated yet."""
        self.ensure_one()
        if self.state not in ANSWERED_STATES or self.merged_into_id or not self.date_answered:
            return False
        return not self._get_given_rating()

    def _get_given_rating(self):
        """What the dealer thinks of the answer that it has now; empty before it has said so."""
        self.ensure_one()
        given = self.rating_ids.filtered(
            lambda rating: rating.consumed and self.date_answered and rating.rated_on >= self.date_answered
        )
        return given.sorted('rated_on')[-1:]

    def _is_rated_so(self, rate, feedback):
        """Whether the dealer has said just this of the answer that it has now: a second tap says nothing new."""
        given = self._get_given_rating()
        return bool(given) and (given.rating, given.feedback or '') == (rate, feedback)

    def _rate(self, contact, rate, feedback=''):
        """Write down what the dealer thinks of how its complaint was dealt with.

        :param contact: partner of the dealer who says so
        :param int rate: 1 to 5 stars
        :param str feedback: plain
        """
        self.ensure_one()
        if rate not in range(1, STARS_MAX + 1):
            raise UserError(self.env._('Please choose one to five stars.'))
        token = self._rating_get_access_token(contact)
        # Odoo's own: ours is closed to all others.
        rating = super().rating_apply(  # pylint: disable=super-method-mismatch
            rate, token=token, feedback=feedback or None
        )
        # Nobody rates by a link, and nothing is left to make one of.
        rating.access_token = False
        return rating

    def rating_apply(self, rate, token=None, rating=None, feedback=None, subtype_xmlid=None, notify_delay_send=False):
        """No link of a mail gives or changes stars: whoever gives them is logged in for the dealer."""
        raise UserError(self.env._('Please log in to the portal to rate how your complaint was dealt with.'))

    def message_post(self, **kwargs):
        """A message with stars makes a rating: the dealer's own steps alone give them."""
        if kwargs.get('rating_value') and not self.env.su:
            raise UserError(self.env._('Only the dealer rates how its complaint was dealt with.'))
        return super().message_post(**kwargs)

    def _get_allowed_message_params(self):
        return super()._get_allowed_message_params() - {'rating_value'}
