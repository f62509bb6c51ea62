from odoo.exceptions import AccessError
from odoo.tests import tagged

from .test_complaint_confidential import ConfidentialCase


@tagged('post_install', '-at_install')
class TestComplaintConfidentialLinks(ConfidentialCase):
    """What leads to a confidential complaint from elsewhere says nothing of it: notifications, outcomes, forms."""

    def test_notifications(self):
        """Who was told is read by every employee in Odoo, with the subject of what was told."""
        message = self.secret.message_post(
            body='bribe',
            subject='He takes bribes',
            message_type='comment',
            subtype_xmlid='mail.mt_comment',
            partner_ids=self.head.partner_id.ids,
        )
        plain = self.make_complaint(title='Boxes', partner_id=self.contact.id)
        told = plain.message_post(
            body='x',
            subject='Boxes',
            message_type='comment',
            subtype_xmlid='mail.mt_comment',
            partner_ids=self.contact.ids,
        )
        domain = [('mail_message_id', 'in', (message | told).ids)]
        for user in self.get_others():
            self.env.invalidate_all()
            notifications = self.env['mail.notification'].with_user(user)
            found = notifications.search_read(domain, ['mail_message_id', 'res_partner_id'])
            self.assertEqual({row['mail_message_id'][0] for row in found}, set(told.ids))
            self.assertFalse(notifications.search([*domain, ('is_confidential', '=', True)]))
            hidden = message.notification_ids.with_user(user)
            with self.assertRaises(AccessError):
                hidden.read(['res_partner_id'])
            for name in (message.with_user(user).sudo().display_name, message.with_user(user).sudo().record_name):
                self.assertEqual(name, 'Confidential Complaint')
        self.env.invalidate_all()
        notifications = self.env['mail.notification'].with_user(self.head)
        self.assertEqual(notifications.search(domain).mail_message_id, message | told)
        self.assertEqual(notifications.search([*domain, ('is_confidential', '=', True)]).mail_message_id, message)
        self.assertEqual(message.with_user(self.head).display_name, 'He takes bribes')

    def test_outcome_of_it(self):
        outcome = self.env['dealer.complaint.outcome'].create(
            {'complaint_id': self.secret.id, 'kind': 'replacement', 'product_id': self.product.id, 'quantity': 1}
        )
        for user in self.get_others():
            self.assertEqual(outcome.with_user(user).sudo().display_name, 'Confidential Complaint')
        self.assertIn('Replacement', outcome.with_user(self.head).display_name)
        self.assertIn('Replacement', outcome.display_name)

    def test_forms_that_are_filled_in(self):
        """A form tells nothing of what it is filled in from."""
        self.secret.write({'product_id': self.product.id, 'quantity': 3})
        self.env.flush_all()
        self.env.invalidate_all()
        spec = {'complaint_id': {}, 'complaint_ids': {}, 'product_id': {}, 'dealer_id': {}, 'quantity': {}}
        others = self.env['dealer.complaint.split'].with_user(self.head).create({'complaint_id': self.secret.id})
        virtual = {'complaint_id': {'id': self.secret.id}}
        for user in (self.users['complaint'], self.users['manager'], self.users['staff_own']):
            env = self.env(user=user)
            whole = self.make_complaint().with_env(env)
            for model, values, context in (
                ('dealer.complaint.outcome', {'complaint_id': self.secret.id, 'kind': 'replacement'}, {}),
                ('dealer.complaint.outcome', {**virtual, 'kind': 'replacement'}, {}),
                ('dealer.complaint.outcome', {'kind': 'return'}, {'default_complaint_id': self.secret.id}),
                ('dealer.complaint.split', {'complaint_id': self.secret.id}, {}),
                ('dealer.complaint.split', {}, {'active_id': self.secret.id}),
                ('dealer.complaint.split.part', {'split_id': virtual}, {}),
                ('dealer.complaint.split.part', {'split_id': others.id}, {}),
                ('dealer.complaint.merge', {}, {'active_ids': self.secret.ids}),
                ('dealer.complaint.merge', {'complaint_ids': [(6, 0, self.secret.ids)]}, {}),
                (
                    'dealer.complaint',
                    {'outcome_ids': [(0, 'v', {'complaint_id': self.secret.id, 'kind': 'return'})]},
                    {},
                ),
            ):
                with self.subTest(f'{user.login} {model} {values} {context}'):
                    form = env[model].with_context(**context)
                    for names in (list(values), []):
                        for hidden in ((), ('complaint_id', 'complaint_ids')):
                            asked = {name: spec[name] for name in spec if name in form._fields and name not in hidden}
                            with self.assertRaises(AccessError):
                                form.onchange(values, names, asked)
            found = env['dealer.complaint.outcome'].onchange(
                {'complaint_id': whole.id, 'kind': 'replacement'}, ['complaint_id', 'kind'], {'dealer_id': {}}
            )
            self.assertEqual(found['value']['dealer_id'], self.dealer.id)
        # Of a plain one that hangs on a confidential one.
        whole.sudo().split_from_id = self.secret
        whole.onchange({'split_from_id': self.secret.id, 'title': 'x'}, ['title'], {'title': {}})

    def test_what_was_typed_into_a_window(self):
        """A wizard is its user's own: Odoo would show it to whoever may open the same one."""
        split = self.env['dealer.complaint.split'].with_user(self.head)
        split = split.create(
            {'complaint_id': self.secret.id, 'part_ids': [(0, 0, {'title': 'bribe', 'type_id': self.secret_type.id})]}
        )
        merge = self.env['dealer.complaint.merge'].with_user(self.head).create({'complaint_ids': self.secret.ids})
        reason = self.env['dealer.reason.wizard'].with_user(self.head)
        reason = reason.create({'step': 'complaint_cancel', 'reason': 'bribe'})
        for record in (split, split.part_ids, merge, reason):
            self.assertTrue(record.has_access('read'))
            for user in (self.users['complaint'], self.users['manager']):
                self.assertFalse(record.with_user(user).has_access('read'), record)
                self.assertFalse(record.with_user(user).search([('id', '=', record.id)]), record)

    def test_counts_are_each_users_own(self):
        """Also in one request that asks for two users."""
        self.make_complaint()
        for record in (self.team, self.secret_type):
            mine, theirs = record.with_user(self.head), record.with_user(self.users['complaint'])
            self.assertEqual(mine.complaint_count - theirs.complaint_count, 1)
            self.assertEqual(record.with_user(self.users['complaint']).complaint_count, theirs.complaint_count)
