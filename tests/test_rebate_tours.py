from odoo.tests import HttpCase, tagged

from .rebate_common import RebateMixin


@tagged('post_install', '-at_install')
class TestRebateTours(RebateMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpRebates()

    def test_staff_write_a_program(self):
        self.start_tour('/odoo/rebate-programs', 'rebate_program_tour', login='test_staff')
        program = self.env['dealer.rebate.program'].search([('title', '=', 'Tour rebate')])
        self.assertEqual((program.state, program.requester_id), ('submitted', self.author))
        self.assertEqual(program.band_ids.mapped('rate'), [3, 4, 6])

    def test_staff_try_a_program(self):
        self.invoice(self.dealer, '2025-02-10', 310_000)
        program = self.make_program(state='draft')
        self.start_tour(f'/odoo/rebate-programs/{program.id}', 'rebate_trial_tour', login='test_staff')

    def test_accountant_settles(self):
        self.invoice(self.dealer, '2025-02-10', 310_000)
        program = self.make_program(date_from='2025-01-01', date_to='2025-12-31')
        self.start_tour(f'/odoo/rebate-programs/{program.id}', 'rebate_settlement_tour', login='test_accountant')
        statement = program.run_ids.payout_ids.filtered(lambda payout: payout.dealer_id == self.dealer)
        self.assertEqual((statement.state, statement.move_id.amount_untaxed), ('posted', 12_400))
