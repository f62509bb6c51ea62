from odoo import SUPERUSER_ID, api
from odoo.exceptions import ValidationError
from odoo.tests import BaseCase, new_test_user, tagged
from odoo.tools import mute_logger

from .race import RaceWorldMixin


@tagged('post_install', '-at_install')
class TestAuthorizationRace(RaceWorldMixin, BaseCase):
    """Approvals and moves on two connections at the same instant: exactly one of two that exclude each other."""

    def make_world(self, env):
        self.requester = new_test_user(env, 'race_requester', 'dealer_management.group_dealer_staff').id
        self.approver = new_test_user(env, 'race_approver', 'dealer_management.group_dealer_manager').id
        dealers = env['res.partner'].create([{'name': f'Race {name}', 'is_dealer': True} for name in 'AB'])
        self.dealers = dealers.ids
        top, other = env['dealer.territory'].create([{'name': 'Race top'}, {'name': 'Race other'}])
        below = env['dealer.territory'].create({'name': 'Race below', 'parent_id': top.id})
        self.top, self.other, self.below = top.id, other.id, below.id
        categories = env['product.category'].create([{'name': 'Race one'}, {'name': 'Race two'}])
        self.categories = categories.ids
        grants = env['dealer.authorization'].create(
            [
                {'dealer_id': dealers[0].id, 'territory_id': top.id, 'date_to': '2099-12-31'},
                {'dealer_id': dealers[1].id, 'territory_id': below.id, 'date_to': '2099-12-31'},
                {
                    'dealer_id': dealers[0].id,
                    'territory_id': other.id,
                    'date_to': '2099-12-31',
                    'product_scope': 'selected',
                    'category_ids': [(6, 0, categories[0].ids)],
                },
                {
                    'dealer_id': dealers[1].id,
                    'territory_id': other.id,
                    'date_to': '2099-12-31',
                    'product_scope': 'selected',
                    'category_ids': [(6, 0, categories[1].ids)],
                },
            ]
        )
        self.grants = grants.ids
        grants.with_user(self.requester).action_submit()

    def remove_world(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {'tracking_disable': True})
            self.submit_again(env)
            grants = env['dealer.authorization'].browse(self.grants)
            grants.activity_ids.unlink()
            grants.invalidate_recordset()
            cr.execute("UPDATE dealer_authorization SET state = 'draft' WHERE id = ANY (%s)", [self.grants])
            grants.unlink()
            env['product.category'].browse(self.categories).unlink()
            env['dealer.territory'].browse([self.below, self.top, self.other]).unlink()
            env['res.partner'].browse(self.dealers).unlink()
            users = env['res.users'].browse([self.requester, self.approver])
            partners = users.partner_id
            users.unlink()
            partners.unlink()

    def submit_again(self, env):
        """Back to the beginning, the tree as well."""
        env.cr.execute('DELETE FROM dealer_authorization_coverage WHERE authorization_id = ANY (%s)', [self.grants])
        env.cr.execute('DELETE FROM dealer_authorization_report WHERE authorization_id = ANY (%s)', [self.grants])
        env.cr.execute(
            "UPDATE dealer_authorization SET state = 'submitted', approver_id = NULL WHERE id = ANY (%s)",
            [self.grants],
        )
        env.invalidate_all()
        env['dealer.territory'].browse(self.below).parent_id = self.top
        env['product.category'].browse(self.categories[1]).parent_id = False

    def approve(self, number):
        def attempt(env):
            grant = env['dealer.authorization'].browse(self.grants[number]).with_user(self.approver)
            grant.with_context(tracking_disable=True).action_approve()

        return attempt

    def check_race(self, rounds, *attempts, prepare=None, message='in conflict with'):
        """Race ``attempts`` so often, each of two a little ahead in turn; one gets through, one is told why."""
        winners = [0] * len(attempts)
        for number in range(rounds):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {'tracking_disable': True})
                self.submit_again(env)
                if prepare:
                    prepare(env)
            order = range(len(attempts)) if number % 2 else reversed(range(len(attempts)))
            order = list(order)
            outcomes = self.race(*(attempts[position] for position in order), head_start=(number % 5) * 0.002)
            lost = [outcome for outcome in outcomes if outcome]
            self.assertEqual(len(lost), 1, outcomes)
            self.assertIsInstance(lost[0], ValidationError)
            self.assertIn(message, str(lost[0]))
            self.assertIn('Race A', str(lost[0]))
            self.assertIn('Race B', str(lost[0]))
            winners[order[outcomes.index(None)]] += 1
            with self.registry.cursor() as cr:
                cr.execute(
                    """SELECT count(*) FROM dealer_authorization_coverage one
                         JOIN dealer_authorization_coverage other
                           ON other.dealer_id > one.dealer_id
                          AND dealer_path_range(one.place_low, one.place_high)
                              && dealer_path_range(other.place_low, other.place_high)
                          AND dealer_path_range(one.product_low, one.product_high)
                              && dealer_path_range(other.product_low, other.product_high)"""
                )
                self.assertEqual(cr.fetchone()[0], 0, 'Both are in.')
        self.assertTrue(all(winners), f'Each wins at times: {winners}')

    @mute_logger('odoo.sql_db')
    def test_T11_two_approvals_at_the_same_time(self):
        self.check_race(200, self.approve(0), self.approve(1))

    @mute_logger('odoo.sql_db')
    def test_approval_while_a_territory_moves(self):
        def prepare(env):
            env['dealer.territory'].browse(self.below).parent_id = self.other
            self.approve(1)(env)

        def move(env):
            env['dealer.territory'].browse(self.below).parent_id = self.top

        self.check_race(20, self.approve(0), move, prepare=prepare)

    @mute_logger('odoo.sql_db')
    def test_approval_while_a_category_moves(self):
        def move(env):
            env['product.category'].browse(self.categories[1]).parent_id = self.categories[0]

        self.check_race(20, self.approve(2), move, prepare=self.approve(3))

    @mute_logger('odoo.sql_db')
    def test_child_made_while_its_parent_moves(self):
        """Its path must not be that of its parent before the move."""
        for _number in range(20):
            outcomes = self.race(
                lambda env: env['dealer.territory'].create({'name': 'Race child', 'parent_id': self.below}),
                lambda env: env['dealer.territory'].browse(self.below).write({'parent_id': self.other}),
            )
            self.assertEqual(outcomes, [None, None])
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                child = env['dealer.territory'].search([('name', '=', 'Race child')])
                self.assertEqual(child.parent_path, f'{child.parent_id.parent_path}{child.id}/')
                child.unlink()
                child.browse(self.below).parent_id = self.top

    @mute_logger('odoo.sql_db')
    def test_areas_claimed_at_the_same_time(self):
        """A town and its province, claimed side by side: whoever comes second is told."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            country, state = env.ref('base.cn').id, env.ref('base.state_cn_HL').id

        def claim(territory, **area):
            return lambda env: env['dealer.territory.area'].create(
                {'territory_id': territory, 'country_id': country, 'state_id': state, **area}
            )

        for _number in range(20):
            outcomes = self.race(claim(self.top), claim(self.other, city='哈尔滨'))
            self.assertEqual([type(outcome) for outcome in outcomes if outcome], [ValidationError])
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                areas = env['dealer.territory.area'].search([('territory_id', 'in', [self.top, self.other])])
                self.assertEqual(len(areas), 1)
                areas.unlink()
