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
