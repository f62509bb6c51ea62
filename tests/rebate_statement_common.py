from dateutil.relativedelta import relativedelta

from odoo.tests import new_test_user

from .rebate_common import RebateMixin


class StatementMixin(RebateMixin):
    """A program by months that began three months ago, and statements of it, for two dealers with portal users.

    They are settled, but their documents are not made: the portal shows either.
    """

    @classmethod
    def setUpStatements(cls):
        cls.setUpRebates()
        cls.today = cls.company._get_dealer_date()
        cls.first_day = cls.today.replace(day=1) - relativedelta(months=3)
        cls.rival_dealer = cls.make_dealer('Rival', grade_id=cls.gold.id)
        cls.clerk = new_test_user(cls.env, login='rebate_clerk', groups='base.group_portal', email='clerk@example.com')
        cls.clerk.partner_id.parent_id = cls.dealer
        cls.rival = new_test_user(cls.env, login='rebate_rival', groups='base.group_portal')
        cls.rival.partner_id.parent_id = cls.rival_dealer
        cls.stranger = new_test_user(cls.env, login='rebate_stranger', groups='base.group_portal')
        cls.dealer.channel_account_manager_id = cls.users['staff']
        cls.program = cls.make_program(
            title='Monthly rebate',
            date_from=cls.first_day,
            date_to=cls.first_day + relativedelta(years=1, days=-1),
            period='month',
        )

    @classmethod
    def settle_run(cls, number=1, program=None, state='posted'):
        """Settle the periods until that of this number, without the documents."""
        run = cls.settle(program or cls.program, number, post=False).with_user(cls.env.user)
        run.payout_ids.state = state
        run.state = 'done'
        return run
