from odoo import SUPERUSER_ID, api
from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from .complaint_portal_common import make_photo
from .race import RaceWorldMixin

RACES = 15


@tagged('post_install', '-at_install')
class TestComplaintPortalRace(RaceWorldMixin, BaseCase):
    """Two taps on "Send" at once make one complaint, with its photograph once, and one message."""

    def make_world(self, env):
        dealer = env['res.partner'].create({'name': 'Complaint race', 'is_dealer': True})
        complaint_type = env['dealer.complaint.type'].create({'name': 'Race', 'code': 'complaint_race'})
        self.dealer, self.type = dealer.id, complaint_type.id

    def remove_world(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {'tracking_disable': True})
            complaints = env['dealer.complaint'].search([('dealer_id', '=', self.dealer)])
            complaints._get_evidence().unlink()
            complaints.message_ids.unlink()
            complaints.activity_ids.unlink()
            # Complaints are kept on record; those of this test are not.
            cr.execute('DELETE FROM dealer_complaint WHERE dealer_id = %s', [self.dealer])
            env.invalidate_all()
            env['dealer.complaint.type'].browse(self.type).unlink()
            env['res.partner'].browse(self.dealer).unlink()

    def test_two_taps_at_once(self):
        photo = make_photo()

        def tap(key):
            def attempt(env):
                dealer = env['res.partner'].browse(self.dealer)
                env['dealer.complaint']._create_from_portal(
                    dealer,
                    dealer,
                    {'type_id': self.type, 'description': 'Raced for', 'intake_key': key},
                    [('box.jpg', photo)],
                )

            return attempt

        with mute_logger('odoo.sql_db'):
            for number in range(RACES):
                attempt = tap(f'{number:032x}')
                self.assertEqual(self.race(attempt, attempt, attempt), [None] * 3)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            complaints = env['dealer.complaint'].search([('dealer_id', '=', self.dealer)])
            self.assertEqual(len(complaints), RACES)
            self.assertEqual(len(complaints._get_evidence()), RACES)

    def test_same_words_twice_at_once(self):
        photo = make_photo()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {'tracking_disable': True})
            values = {'type_id': self.type, 'description': 'Talked about'}
            dealer = env['res.partner'].browse(self.dealer)
            complaint_id = env['dealer.complaint']._create_from_portal(dealer, dealer, values).id

        def say(number):
            def attempt(env):
                dealer = env['res.partner'].browse(self.dealer)
                env['dealer.complaint'].browse(complaint_id)._say_from_portal(
                    dealer, f'Word {number}', [('box.jpg', photo)], f'{number:032x}'
                )

            return attempt

        with mute_logger('odoo.sql_db'):
            for number in range(RACES):
                self.assertEqual(self.race(*[say(number)] * 3), [None] * 3)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            messages = env['dealer.complaint'].browse(complaint_id)._get_said_messages()
            self.assertEqual((len(messages), len(messages.attachment_ids)), (RACES, RACES))
