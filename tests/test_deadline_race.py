from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields
from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from .race import RaceWorldMixin


@tagged('post_install', '-at_install')
class TestDeadlineRace(RaceWorldMixin, BaseCase):
    """Two jobs at once, and a job while somebody meets the deadline, for real: each is told once, or met."""

    def make_world(self, env):
        complaint_type = env['dealer.complaint.type'].create({'name': 'Race', 'code': 'race'})
        policy = env['dealer.deadline.policy'].create(
            {
                'name': 'Race',
                'type_id': complaint_type.id,
                'target_ids': [(0, 0, {'kind': 'resolve', 'clock': 'calendar', 'unit': 'hours', 'amount': 1})],
            }
        )
        dealer = env['res.partner'].create({'name': 'Race', 'is_dealer': True})
        complaints = env['dealer.complaint'].create(
            [
                {
                    'title': 'Race',
                    'dealer_id': dealer.id,
                    'type_id': complaint_type.id,
                    'user_id': env.ref('base.user_admin').id,
                    'date_received': fields.Datetime.now() - timedelta(minutes=50),
                }
                for _number in range(6)
            ]
        )
        self.ids = {record._name: record.ids for record in (complaints, policy, complaint_type, dealer)}

    def remove_world(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {'tracking_disable': True})
            complaints = env['dealer.complaint'].browse(self.ids['dealer.complaint'])
            complaints.activity_ids.unlink()
            complaints.message_ids.unlink()
            # What is complained about is kept on record by all other means.
            cr.execute('DELETE FROM dealer_complaint WHERE id = ANY(%s)', [complaints.ids])
            env.invalidate_all()
            for name in ('dealer.deadline.policy', 'dealer.complaint.type', 'res.partner'):
                env[name].browse(self.ids[name]).unlink()

    def complaints(self, env):
        return env['dealer.complaint'].browse(self.ids['dealer.complaint'])

    def check(self, env):
        self.complaints(env).deadline_ids._check()

    def test_two_jobs_at_once(self):
        with mute_logger('odoo.sql_db'):
            self.assertEqual(self.race(self.check, self.check, self.check), [None] * 3)
        with self.registry.cursor() as cr:
            deadlines = self.complaints(api.Environment(cr, SUPERUSER_ID, {})).deadline_ids
            self.assertEqual(deadlines.mapped('told'), [75] * 6)
            self.assertEqual(len(deadlines.activity_ids), 6)

    def test_met_while_the_job_runs(self):
        # One of the two may have to run again.
        with mute_logger('odoo.sql_db'):
            outcomes = self.race(self.check, lambda env: self.complaints(env)[:3].action_solve())
        self.assertEqual(outcomes, [None, None])
        with self.registry.cursor() as cr:
            deadlines = self.complaints(api.Environment(cr, SUPERUSER_ID, {})).deadline_ids
            met = deadlines.filtered(lambda deadline: deadline.result == 'met')
            self.assertEqual(len(met), 3)
            self.assertFalse(met.activity_ids, 'No reminder of what is done.')
            self.assertEqual((deadlines - met).mapped('told'), [75] * 3)
