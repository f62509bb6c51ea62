from odoo.tests import TransactionCase, tagged


@tagged('post_install', '-at_install')
class TestSequenceBatch(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sequence = cls.env['ir.sequence'].create(
            {'name': 'Test', 'code': 'dealer.test', 'prefix': 'T/', 'suffix': '/x', 'padding': 4}
        )

    def draw(self, count):
        return self.env['ir.sequence'].next_by_code_batch('dealer.test', count)

    def test_follows_on_and_takes_a_fixed_number_of_queries(self):
        self.assertEqual(self.draw(2), ['T/0001/x', 'T/0002/x'])
        self.assertEqual(self.env['ir.sequence'].next_by_code('dealer.test'), 'T/0003/x')
        with self.assertQueryCount(2):  # the sequence, the numbers
            codes = self.draw(500)
        self.assertEqual((codes[0], codes[-1], len(set(codes))), ('T/0004/x', 'T/0503/x', 500))

    def test_without_gap(self):
        self.sequence.implementation = 'no_gap'
        self.assertEqual(self.draw(3), ['T/0001/x', 'T/0002/x', 'T/0003/x'])

    def test_date_range(self):
        self.sequence.use_date_range = True
        self.assertEqual(self.draw(2), ['T/0001/x', 'T/0002/x'])

    def test_none_and_unknown(self):
        self.assertEqual(self.draw(0), [])
        self.assertEqual(self.env['ir.sequence'].next_by_code_batch('no.such.code', 3), [])
