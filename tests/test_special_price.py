from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .price_common import PriceCase


@tagged('post_install', '-at_install')
class TestSpecialPriceFlow(PriceCase):
    """Asked for by one, decided by another whose limit is deep enough."""

    def test_asked_and_approved(self):
        request = self.make_request(self.golden, (self.tap, 100, 63))
        self.assertEqual((request.state, request.requester_id), ('draft', self.requester))
        self.assertRegex(request.name, r'^SP\d+$')
        self.assertEqual(request.pricelist_id, self.pricelist_gold)
        self.assertEqual(request.line_ids.list_price, 70)
        self.assertAlmostEqual(request.discount_depth, 10)
        request.action_submit()
        self.assertEqual(request.state, 'requested')
        self.assertTrue(request.with_user(self.approver).may_decide)
        self.assertFalse(request.may_decide)
        self.assertIn(self.approver, request.sudo().activity_ids.user_id)
        request.action_submit()  # twice is once
        request.with_user(self.approver).action_approve('For this once')
        self.assertEqual((request.state, request.approver_id), ('approved', self.approver))
        self.assertTrue(request.is_in_force)
        self.assertIn(request, self.env['dealer.price.request'].search([('is_in_force', '=', True)]))
        to_dos = request.sudo().activity_ids
        self.assertEqual(to_dos.user_id, self.requester, 'The approvers are done; who asked is told.')

    def test_nobody_decides_for_oneself(self):
        request = self.make_request(self.golden, (self.tap, 100, 63), user=self.approver)
        request.action_submit()
        with self.assertRaisesRegex(UserError, 'yourself'):
            request.action_approve()
        with self.assertRaises(AccessError):
            request.with_user(self.users['salesman']).action_approve()
        with self.assertRaises(AccessError):
            request.with_user(self.users['staff']).action_approve()

    def test_limits_say_who_may(self):
        staff, manager = self.users['staff'], self.users['manager']
        self.env['dealer.price.limit'].create(
            [
                {'discount_max': 5, 'user_ids': [Command.set(staff.ids)]},
                {'discount_max': 15, 'user_ids': [Command.set(manager.ids)]},
            ]
        )
        other = self.users['staff_own']
        self.golden.channel_account_manager_id = other
        small, deep, deeper = (
            self.make_request(self.golden, (self.tap, 10, price), user=other) for price in (66.5, 63, 58)
        )
        small.action_submit()
        self.assertEqual(small.sudo().activity_ids.user_id, staff | manager)
        small.with_user(staff).action_approve()
        self.assertEqual(small.state, 'approved')
        deep.action_submit()
        self.assertEqual(deep.sudo().activity_ids.user_id, manager)
        with self.assertRaisesRegex(AccessError, 'not for you to decide'):
            deep.with_user(staff).action_approve()
        deep.with_user(manager).action_approve()
        with self.assertRaisesRegex(UserError, 'deepest limit is 15'):
            deeper.action_submit()
        with self.assertRaisesRegex(ValidationError, 'no channel staff'):
            self.env['dealer.price.limit'].create(
                {'discount_max': 50, 'user_ids': [Command.set(self.users['employee'].ids)]}
            )

    def test_the_list_changed_meanwhile(self):
        """Who decides, decides on today's discount: a rise of the list can take it beyond the limit."""
        self.env['dealer.price.limit'].create({'discount_max': 10, 'user_ids': [Command.set(self.approver.ids)]})
        request = self.make_request(self.golden, (self.tap, 10, 63))
        request.action_submit()
        self.tap.list_price = 110
        with self.assertRaisesRegex(AccessError, 'not for you to decide'):
            request.with_user(self.approver).action_approve()

    def test_what_cannot_be_asked(self):
        with self.assertRaisesRegex(UserError, 'for which products'):
            self.make_request(self.golden).action_submit()
        with self.assertRaisesRegex(UserError, 'not below its list price'):
            self.make_request(self.golden, (self.tap, 10, 70)).action_submit()
        with self.assertRaisesRegex(UserError, 'in the past'):
            self.make_request(
                self.golden, (self.tap, 10, 60), date_from='2026-04-01', date_to='2026-05-03'
            ).action_submit()
        self.golden.dealer_ended_date = '2026-05-20'
        with self.assertRaisesRegex(UserError, 'agreement with "Golden" ends'):
            self.make_request(self.golden, (self.tap, 10, 60)).action_submit()
        with self.assertRaisesRegex(ValidationError, 'is for a dealer'):
            self.make_request(self.customer, (self.tap, 10, 60))
        other = self.env.ref('base.EUR') if self.company.currency_id.name != 'EUR' else self.env.ref('base.USD')
        with self.assertRaisesRegex(ValidationError, 'would never apply'):
            self.make_request(self.golden, (self.tap, 10, 60), currency_id=other.id)
        with mute_logger('odoo.sql_db'):
            for quantity, price in ((-1, 60), (1, -60)):
                with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                    self.make_request(self.golden, (self.tap, quantity, price))

    def test_beyond_the_last_authorization(self):
        territory = self.env['dealer.territory'].create({'name': 'Anywhere'})
        grant = self.env['dealer.authorization'].create(
            {
                'dealer_id': self.golden.id,
                'territory_id': territory.id,
                'date_from': '2026-01-01',
                'date_to': '2026-05-25',
            }
        )
        grant.with_user(self.requester).action_submit()
        grant.with_user(self.approver).action_approve()
        with self.assertRaisesRegex(UserError, 'agreement with "Golden" ends on 2026-05-25'):
            self.make_request(self.golden, (self.tap, 10, 60)).action_submit()

    def test_nothing_is_decided_by_writing(self):
        forged = {
            'state': 'approved',
            'approver_id': self.approver.id,
            'requester_id': self.approver.id,
            'decided_date': '2026-05-01 00:00:00',
        }
        request = self.make_request(self.golden, (self.tap, 10, 60), **forged)
        self.assertEqual((request.state, request.requester_id), ('draft', self.requester))
        self.assertFalse(request.approver_id)
        for name, value in forged.items():
            with self.subTest(name), self.assertRaises(AccessError):
                request.write({name: value})
        request.action_submit()
        for vals in (
            {'date_to': '2027-01-01'},
            {'dealer_id': self.silvery.id},
            {'line_ids': [Command.create({'product_id': self.sink.id, 'special_price': 1})]},
        ):
            with self.subTest(vals), self.assertRaisesRegex(UserError, 'what is asked for stands'):
                request.write(vals)
        with self.assertRaisesRegex(UserError, 'what is asked for stands'):
            request.line_ids.special_price = 1
        with self.assertRaisesRegex(UserError, 'what is asked for stands'):
            request.line_ids.unlink()
        with self.assertRaisesRegex(UserError, 'kept on record'):
            request.unlink()

    def test_own_staff_ask_for_their_own_dealers(self):
        own = self.users['staff_own']
        with self.assertRaises(AccessError):
            self.make_request(self.golden, (self.tap, 10, 60), user=own)
        self.golden.channel_account_manager_id = own
        self.make_request(self.golden, (self.tap, 10, 60), user=own).action_submit()

    def test_taken_back_and_closed(self):
        request = self.make_request(self.golden, (self.tap, 10, 60))
        request.action_submit()
        request.action_draft()
        request.date_to = '2026-05-20'
        request.action_submit()
        request.with_user(self.approver).action_approve()
        with self.assertRaisesRegex(UserError, 'decided already'):
            request.action_cancel()
        with self.assertRaisesRegex(UserError, 'give a reason'):
            request.with_user(self.approver).action_close()
        request.with_user(self.approver).action_close('Sold out')
        self.assertEqual(request.state, 'closed')
        self.assertEqual(self.make_quotation(self.golden).order_line.price_unit, 70)


@tagged('post_install', '-at_install')
class TestSpecialPriceOrders(PriceCase):
    """Orders use it by themselves, never over the cap, and give back what they cancel."""

    def prices(self, order):
        return sorted((line.product_uom_qty, line.price_unit * (1 - line.discount / 100)) for line in order.order_line)

    def test_used_by_itself(self):
        request = self.grant_price(self.golden, (self.tap, 100, 60))
        order = self.make_quotation(self.golden, (self.tap, 40), (self.sink, 1))
        self.assertEqual(self.prices(order), [(1, 140), (40, 60)])
        line = order.order_line[0]
        self.assertEqual(line.price_request_line_id, request.line_ids)
        self.assertEqual(request.line_ids.quantity_used, 0, 'A quotation uses nothing up.')
        self.assertIn(request.name, line.price_reason)
        order.action_confirm()
        self.assertEqual(request.line_ids.quantity_used, 40)
        self.assertEqual(request.sale_order_count, 1)

    def test_of_this_dealer_product_and_days_alone(self):
        self.grant_price(self.golden, (self.tap, 100, 60))
        self.assertEqual(self.prices(self.make_quotation(self.silvery)), [(10, 80)])
        self.assertEqual(self.prices(self.make_quotation(self.customer)), [(10, 100)])
        contact = self.env['res.partner'].create({'name': 'Clerk', 'parent_id': self.golden.id})
        self.assertEqual(self.prices(self.make_quotation(contact)), [(10, 60)])
        self.assertEqual(self.prices(self.make_quotation(self.golden, date_order='2026-04-20')), [(10, 70)])
        self.assertEqual(self.prices(self.make_quotation(self.golden, date_order='2026-06-02')), [(10, 70)])

    def test_more_than_is_left_is_split(self):
        request = self.grant_price(self.golden, (self.tap, 60, 60))
        order = self.make_quotation(self.golden, (self.tap, 100))
        self.assertEqual(self.prices(order), [(40, 70), (60, 60)])
        order.action_confirm()
        self.assertEqual(request.line_ids.quantity_left, 0)
        self.assertEqual(self.prices(self.make_quotation(self.golden, (self.tap, 5))), [(5, 70)])

    def test_lines_of_one_order_share_what_is_left(self):
        self.grant_price(self.golden, (self.tap, 60, 60))
        order = self.make_quotation(self.golden, (self.tap, 40), (self.tap, 40))
        self.assertEqual(self.prices(order), [(20, 60), (20, 70), (40, 60)])
        order.order_line[0].product_uom_qty = 10
        order.action_confirm()
        self.assertLessEqual(sum(line.product_uom_qty for line in order.order_line if line.price_unit == 60), 60)

    def test_given_back(self):
        request = self.grant_price(self.golden, (self.tap, 60, 60))
        order = self.make_quotation(self.golden, (self.tap, 60))
        order.action_confirm()
        self.assertEqual(request.line_ids.quantity_left, 0)
        order.order_line.product_uom_qty = 50
        self.assertEqual(request.line_ids.quantity_left, 10)
        self.assertEqual(order.order_line.price_unit, 60, 'What was confirmed keeps its price.')
        order._action_cancel()
        self.assertEqual(request.line_ids.quantity_left, 60)
        order.action_draft()
        self.assertEqual(request.line_ids.quantity_left, 60)
        order.action_confirm()
        self.assertEqual(request.line_ids.quantity_left, 10)

    def test_two_quotations_for_the_same_rest(self):
        request = self.grant_price(self.golden, (self.tap, 60, 60))
        first, second = (
            self.make_quotation(self.golden, (self.tap, 40)),
            self.make_quotation(self.golden, (self.tap, 40)),
        )
        self.assertEqual(self.prices(second), [(40, 60)])
        first.action_confirm()
        self.assertIn('only 20', second.price_warning)
        with self.assertRaisesRegex(UserError, 'only 20 Units of .*Tap are left, and 40 are ordered'):
            second.action_confirm()
        second.action_update_prices()
        self.assertEqual(self.prices(second), [(20, 60), (20, 70)])
        second.action_confirm()
        self.assertEqual(request.line_ids.quantity_used, 60)

    @mute_logger('odoo.sql_db')
    def test_never_over_the_cap_whatever_the_way(self):
        request = self.grant_price(self.golden, (self.tap, 60, 60))
        first, second = (
            self.make_quotation(self.golden, (self.tap, 40)),
            self.make_quotation(self.golden, (self.tap, 40)),
        )
        first.action_confirm()
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            second.state = 'sale'
            self.env.flush_all()
        self.assertEqual(request.line_ids.quantity_used, 40)
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            (self.make_quotation(self.golden, (self.tap, 15)) | self.make_quotation(self.golden, (self.tap, 15))).write(
                {'state': 'sale'}
            )
            self.env.flush_all()

    def test_a_confirmed_order_takes_more(self):
        request = self.grant_price(self.golden, (self.tap, 60, 60))
        order = self.make_quotation(self.golden, (self.tap, 40))
        order.action_confirm()
        order.order_line.product_uom_qty = 70
        self.assertEqual(self.prices(order), [(10, 70), (60, 60)])
        self.assertEqual(request.line_ids.quantity_left, 0)

    def test_ended_between_quotation_and_confirmation(self):
        self.grant_price(self.golden, (self.tap, 60, 60))
        order = self.make_quotation(self.golden, (self.tap, 10))
        with freeze_time('2026-06-01 04:00:00'):
            with self.assertRaisesRegex(UserError, 'no longer holds'):
                order.action_confirm()
            order.date_order = '2026-06-01 04:00:00'
            order.action_update_prices()
            self.assertEqual(self.prices(order), [(10, 70)])
            order.action_confirm()

    def test_a_confirmed_order_does_not_grow_at_an_ended_price(self):
        request = self.grant_price(self.golden, (self.tap, 60, 60))
        order = self.make_quotation(self.golden, (self.tap, 10))
        order.action_confirm()
        request.with_user(self.approver).action_close('Over')
        line = order.order_line.with_user(self.users['salesman'])
        order.user_id = self.users['salesman']
        with self.assertRaisesRegex(UserError, 'no longer holds'):
            line.product_uom_qty = 20
        line.product_uom_qty = 8
        self.assertEqual((line.price_unit, request.line_ids.quantity_used), (60, 8))

    def test_any_quantity(self):
        request = self.grant_price(self.golden, (self.tap, 0, 60))
        order = self.make_quotation(self.golden, (self.tap, 100000))
        order.action_confirm()
        self.assertEqual((self.prices(order), request.line_ids.quantity_used), ([(100000, 60)], 100000))

    def test_other_units(self):
        dozen = self.env.ref('uom.product_uom_dozen')
        request = self.grant_price(self.golden, (self.tap, 30, 60))
        order = self.env['sale.order'].create(
            {
                'partner_id': self.golden.id,
                'order_line': [
                    Command.create({'product_id': self.tap.id, 'product_uom_id': dozen.id, 'product_uom_qty': 3})
                ],
            }
        )
        self.assertEqual(self.prices(order), [(1, 840), (2, 720)], 'Whole dozens only.')
        order.action_confirm()
        self.assertEqual(request.line_ids.quantity_used, 24)

    def test_the_lowest_of_several(self):
        self.grant_price(self.golden, (self.tap, 10, 65))
        low = self.grant_price(self.golden, (self.tap, 10, 60))
        order = self.make_quotation(self.golden, (self.tap, 25))
        self.assertEqual(self.prices(order), [(5, 70), (10, 60), (10, 65)])
        order.action_confirm()
        self.assertEqual(low.line_ids.quantity_left, 0)

    def test_for_a_project(self):
        request = self.grant_price(self.golden, (self.tap, 50, 55), project_name='Airport')
        order = self.make_quotation(self.golden)
        self.assertEqual(self.prices(order), [(10, 70)])
        self.assertEqual(self.prices(self.make_quotation(self.golden, project_request_id=request.id)), [(10, 55)])
        order.project_request_id = request
        order.action_update_prices()
        self.assertEqual(self.prices(order), [(10, 55)])
        with self.assertRaisesRegex(ValidationError, "another dealer's"):
            self.make_quotation(self.silvery, project_request_id=request.id)

    def test_a_price_by_hand_uses_nothing_up(self):
        request = self.grant_price(self.golden, (self.tap, 60, 60))
        order = self.make_quotation(self.golden, (self.tap, 10))
        order.order_line.price_unit = 65
        self.assertFalse(order.order_line.price_request_line_id)
        self.assertIn('by hand', order.order_line.price_reason)
        order.action_confirm()
        self.assertEqual(request.line_ids.quantity_used, 0)

    def test_it_cannot_be_written(self):
        request = self.grant_price(self.golden, (self.tap, 60, 60))
        order = self.make_quotation(self.golden, (self.sink, 10))
        order.user_id = self.users['salesman']
        with self.assertRaises(AccessError):
            order.order_line.with_user(self.users['salesman']).write({'price_request_line_id': request.line_ids.id})
        with self.assertRaises(AccessError):
            self.env['sale.order.line'].with_user(self.users['salesman']).create(
                {'order_id': order.id, 'product_id': self.tap.id, 'price_request_line_id': request.line_ids.id}
            )

    def test_in_the_form(self):
        self.grant_price(self.golden, (self.tap, 60, 60))
        form = Form(self.env['sale.order'].with_user(self.users['salesman']))
        form.partner_id = self.golden
        with form.order_line.new() as line:
            line.product_id = self.tap
            line.product_uom_qty = 100
            self.assertEqual(line.price_unit, 70)
            line.product_uom_qty = 50
            self.assertEqual(line.price_unit, 60)
            line.product_uom_qty = 100
        self.assertEqual(self.prices(form.save()), [(40, 70), (60, 60)])

    def test_invoice_and_refund_remember_it(self):
        request = self.grant_price(self.golden, (self.tap, 60, 60))
        order = self.make_quotation(self.golden, (self.tap, 10), (self.sink, 1))
        self.tap.invoice_policy = self.sink.invoice_policy = 'order'
        order.action_confirm()
        invoice = order._create_invoices()
        marked = invoice.invoice_line_ids.filtered('price_request_line_id')
        self.assertEqual((marked.product_id, marked.price_request_line_id), (self.tap, request.line_ids))
        invoice.action_post()
        refund = invoice._reverse_moves()
        self.assertEqual(refund.invoice_line_ids.filtered('price_request_line_id').product_id, self.tap)

    def test_no_query_more_without_a_special_price(self):
        """The price of a line costs what it costs Odoo, as long as no special price is the dealer's."""
        self.grant_price(self.silvery, (self.tap, 60, 60))

        def count(partner):
            order = self.make_quotation(partner, (self.tap, 1))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            order.order_line.create({'order_id': order.id, 'product_id': self.sink.id, 'product_uom_qty': 3})
            self.env.flush_all()
            return self.cr.sql_log_count - before

        partners = (self.golden, self.customer)
        for partner in partners:
            count(partner)
        with_module = [count(partner) for partner in partners]
        lines = self.registry['sale.order.line']
        self.patch(lines, '_match_special_prices', lambda records, partial=False: {})
        self.patch(lines, '_split_special_prices', lambda records: None)
        self.assertEqual(with_module, [count(partner) for partner in partners])
