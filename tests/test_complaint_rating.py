from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .complaint_common import ComplaintCase


@tagged('post_install', '-at_install')
class TestComplaintRating(ComplaintCase):
    """The dealer's stars: for whoever may read the complaint, and given by the dealer alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plain, cls.secret = (
            cls.make_complaint(type_id=complaint_type.id, answer='<p>Yes.</p>')
            for complaint_type in (cls.plain_type, cls.secret_type)
        )
        for complaint in cls.plain | cls.secret:
            complaint.action_answer()
            complaint._confirm_from_portal(cls.contact, 2, 'Slow')
        cls.ratings = (cls.plain | cls.secret).rating_ids
        cls.other = cls.env['rating.rating'].create(
            {
                'res_model_id': cls.env['ir.model']._get_id('res.partner'),
                'res_id': cls.dealer.id,
                'rating': 5,
                'consumed': True,
            }
        )

    def seen(self, user):
        ratings = self.env['rating.rating'].with_user(user)
        return ratings.search([('id', 'in', (self.ratings | self.other).ids)]).sudo()

    def test_read_with_the_complaint(self):
        for role, seen in (
            ('employee', self.other),
            ('salesman', self.other),
            ('staff_own', self.other),
            ('complaint', self.other | self.plain.rating_ids),
            ('manager', self.other | self.plain.rating_ids),
            ('auditor', self.other | self.plain.rating_ids),
        ):
            user = self.users[role]
            with self.subTest(role):
                self.assertEqual(self.seen(user), seen)
                hidden = (self.ratings - seen).with_user(user)
                with self.assertRaises(AccessError):
                    hidden.read(['feedback'])
                groups = hidden._read_group([('id', 'in', hidden.ids)], ['res_model'], ['__count'])
                self.assertFalse(groups)
        self.users['complaint'].group_ids |= self.env.ref('dealer_management.group_dealer_complaint_confidential')
        self.assertEqual(self.seen(self.users['complaint']), self.ratings | self.other)

    def test_searched_by_what_is_shown(self):
        for role in ('employee', 'complaint'):
            ratings = self.env['rating.rating'].sudo().with_user(self.users[role]).sudo()
            domain = [('id', 'in', (self.ratings | self.other).ids)]
            shown = ratings.search([*domain, ('is_shown', '=', True)])
            self.assertEqual(shown, ratings.search(domain).filtered('is_shown'))
            self.assertEqual(
                ratings.search([*domain, ('is_shown', '=', False)]), ratings.search(domain, order='id') - shown
            )

    def test_written_by_nobody(self):
        for role in ('employee', 'complaint', 'manager'):
            user = self.users[role]
            rating = self.plain.rating_ids.with_user(user)
            with self.subTest(role):
                with self.assertRaises(AccessError):
                    rating.write({'rating': 5})
                with self.assertRaises(AccessError):
                    rating.reset()
                with self.assertRaises(AccessError):
                    rating.create(
                        {
                            'res_model_id': self.env['ir.model']._get_id('dealer.complaint'),
                            'res_id': self.plain.id,
                            'rating': 5,
                        }
                    )
                with self.assertRaises(AccessError):
                    self.other.with_user(user).write(
                        {
                            'res_model_id': self.env['ir.model']._get_id('dealer.complaint'),
                            'res_id': self.plain.id,
                        }
                    )
        self.other.with_user(self.users['employee']).write({'rating': 3})
        self.assertEqual(self.plain.rating_last_value, 2)

    def test_stars_by_message(self):
        staff = self.plain.with_user(self.users['complaint'])
        self.assertNotIn('rating_value', staff._get_allowed_message_params())
        with self.assertRaisesRegex(UserError, 'Only the dealer rates'):
            staff.message_post(body='x', rating_value=5)
        with self.assertRaisesRegex(UserError, 'one to five stars'):
            self.plain._rate(self.contact, 6)

    def test_rated_anew_after_it_was_reopened(self):
        self.assertFalse(self.plain._may_rate())
        self.plain.action_reopen('Still slow')
        self.assertFalse(self.plain._may_rate(), 'There is no answer to rate.')
        self.plain.answer = '<p>Now.</p>'
        self.env['rating.rating'].flush_model()
        self.env.cr.execute("UPDATE rating_rating SET rated_on = rated_on - interval '1 minute'")
        self.plain.rating_ids.invalidate_recordset(['rated_on'])
        self.plain.action_answer()
        self.plain._confirm_from_portal(self.contact, 5)
        self.assertEqual((len(self.plain.rating_ids), self.plain.rating_last_value), (2, 5))
