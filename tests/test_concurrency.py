from odoo import SUPERUSER_ID, api
from odoo.exceptions import ValidationError
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from .race import RaceMixin


@tagged('post_install', '-at_install')
class TestConcurrency(RaceMixin, BaseCase):
    """Two connections at once, for real: each commits, and the database holds the rule."""

    ROUNDS = 20

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.ids = (
                env['res.partner']
                .create(
                    [
                        {'name': f'Race {number}', 'is_dealer': True, 'dealer_code': f'RACE{number}'}
                        for number in range(2)
                    ]
                )
                .ids
            )
        self.addCleanup(self.remove)

    def remove(self):
        with self.registry.cursor() as cr:
            partners = api.Environment(cr, SUPERUSER_ID, {})['res.partner'].browse(self.ids)
            partners.upstream_dealer_id = False
            partners.unlink()

    @mute_logger('odoo.sql_db')
    def test_two_links_at_once_close_no_circle(self):
        first, second = self.ids
        for _round in range(self.ROUNDS):
            outcomes = self.race(
                lambda env: env['res.partner'].browse(first).write({'upstream_dealer_id': second}),
                lambda env: env['res.partner'].browse(second).write({'upstream_dealer_id': first}),
            )
            self.assertEqual(sum(outcome is None for outcome in outcomes), 1, outcomes)
            self.assertEqual([type(outcome) for outcome in outcomes if outcome], [ValidationError])
            with self.registry.cursor() as cr:
                partners = api.Environment(cr, SUPERUSER_ID, {})['res.partner'].browse(self.ids)
                self.assertEqual(len(partners.upstream_dealer_id), 1)
                partners.upstream_dealer_id = False

    @mute_logger('odoo.sql_db')
    def test_one_code_for_a_company_and_for_all(self):
        first, second = self.ids
        for number in range(self.ROUNDS):
            outcomes = self.race(
                lambda env, number=number: env['res.partner'].browse(first).write({'dealer_code': f'SAME{number}'}),
                lambda env, number=number: (
                    env['res.partner']
                    .browse(second)
                    .write({'dealer_code': f'SAME{number}', 'company_id': env.company.id})
                ),
            )
            self.assertEqual(sum(outcome is None for outcome in outcomes), 1, outcomes)

    @mute_logger('odoo.sql_db')
    def test_one_tier_at_a_time(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            grades = env['res.partner.grade'].create([{'name': 'Race A'}, {'name': 'Race B'}]).ids
        try:
            for _round in range(self.ROUNDS):
                self.race(
                    *(
                        lambda env, grade=grade: env['res.partner'].browse(self.ids[0]).write({'grade_id': grade})
                        for grade in grades
                    )
                )
                with self.registry.cursor() as cr:
                    dealer = api.Environment(cr, SUPERUSER_ID, {})['res.partner'].browse(self.ids[0])
                    present = dealer.tier_period_ids.filtered(lambda period: not period.date_to)
                    self.assertEqual(present.grade_id, dealer.grade_id)
                    dealer.grade_id = False
        finally:
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                env['res.partner'].browse(self.ids).tier_period_ids.unlink()
                env['res.partner.grade'].browse(grades).unlink()
