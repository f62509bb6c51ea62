from datetime import datetime, time
from zoneinfo import ZoneInfo

from odoo import fields, models
from odoo.tools import SQL

TERRITORY_POLICIES = [
    ('off', 'Off'),
    ('warn', 'Warn'),
    ('approval', 'Needs Approval'),
    ('block', 'Refuse'),
]


class ResCompany(models.Model):
    """How a company guards its territories, and one queue for whatever changes them."""

    _inherit = 'res.company'

    dealer_territory_policy = fields.Selection(
        TERRITORY_POLICIES,
        'Orders outside the Authorization',
        required=True,
        default='off',
        groups='base.group_user',
        help="What happens to an order whose goods go where the dealer holds no grant, or into another dealer's"
        ' exclusive area. A tier can have a rule of its own.',
    )
    dealer_approver_ids = fields.Many2many(
        'res.users',
        'res_company_dealer_approver_rel',
        string='Approvers of Authorizations',
        groups='base.group_user',
        help='Who is asked to approve grants and exceptions; every channel manager where nobody is named.',
    )
    dealer_authorization_notice_days = fields.Integer(
        'Notice before an Authorization Ends',
        default=60,
        groups='base.group_user',
        help='How many days before its end the dealer and its channel account manager are reminded; 0 for never.',
    )
    dealer_grant_serial = fields.Integer(
        copy=False,
        readonly=True,
        groups='base.group_user',
        help='Technical: raised by whatever changes territories and grants.',
    )

    _authorization_notice_positive = models.Constraint(
        'CHECK (dealer_authorization_notice_days >= 0)', 'A number of days cannot be negative.'
    )

    def _serialize_dealer_grants(self):
        """Put this transaction in line with all others that change these companies' territories or grants.

        Odoo's transactions are REPEATABLE READ: each sees the data as they were when it began. So
        it does not help to check and then to write: two of them may each check before they can see
        what the other writes, and a lock alone, granted after the other has committed, leaves the
        old view in place. But PostgreSQL lets the first to update a row win, and fails the other
        with a serialization error, waiting for the first to end if need be. Every such transaction
        therefore updates this one row. Whoever gets past it sees all that was committed by those
        before; whoever does not is run again by Odoo, and then sees it.
        """
        if not self:
            return
        # Straight to the table: no cache knows the number, and nobody's right to write is asked.
        self.env.cr.execute(
            SQL(
                """UPDATE res_company SET dealer_grant_serial = COALESCE(dealer_grant_serial, 0) + 1
                    WHERE id IN (SELECT id FROM res_company WHERE id = ANY (%s) ORDER BY id FOR NO KEY UPDATE)""",
                self.root_id.ids,
            )
        )

    def _get_dealer_day_start(self, day):
        """The first moment (UTC, naive) of ``day`` for this company."""
        self.ensure_one()
        midnight = datetime.combine(day, time.min, self._get_dealer_zone())
        return midnight.astimezone(ZoneInfo('UTC')).replace(tzinfo=None)

    def _get_dealer_approvers(self):
        """Who may decide on grants and exceptions of this company, without the user who asks."""
        self.ensure_one()
        company = self.sudo().root_id
        managers = self.env.ref('dealer_management.group_dealer_manager').sudo().all_user_ids
        managers = managers.filtered(
            lambda user: user.active and user._is_internal() and company in user.company_ids.root_id
        )
        approvers = (company.dealer_approver_ids & managers) or managers
        # OdooBot reads no mail.
        return (approvers - self.env.user - self.env.ref('base.user_root')).with_env(self.env)
