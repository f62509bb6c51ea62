from odoo import http
from odoo.tests import tagged

from .test_rebate_portal import RebatePortalCase


@tagged('post_install', '-at_install')
class TestComplaintPortalRebate(RebatePortalCase):
    """From a line of a statement, or a question that was refused, to a complaint about it."""

    def report(self, **values):
        self.page('/my')
        answer = self.url_open(
            '/my/complaints/new',
            data={
                'csrf_token': http.Request.csrf_token(self),
                'type_id': 'billing',
                'description': 'The tap is missing',
                **values,
            },
            headers={'Accept': 'application/json'},
        ).json()
        self.assertIn('url', answer, answer)
        return self.env['dealer.complaint'].search([('dealer_id', '=', self.dealer.id)], order='id desc', limit=1)

    def test_line_of_a_statement(self):
        line, rivals = self.lines()[0], self.lines(self.rivals.computation_ids)[0]
        link = f'/my/complaints/new?statement={self.payout.id}&line={line.id}'
        self.assertIn(link.replace('&', '&amp;'), self.text(self.payout.access_url))
        page = self.text(link)
        for text in (f'name="rebate_payout_id" value="{self.payout.id}"', f'name="rebate_line" value="{line.id}"'):
            self.assertIn(text, page)
        self.assertIn(line.move_line_id.move_id.name, page)
        complaint = self.report(rebate_payout_id=str(self.payout.id), rebate_line=str(line.id))
        self.assertEqual((complaint.rebate_payout_id, complaint.rebate_line_id), (self.payout, line.move_line_id))
        complaint = self.report(rebate_payout_id=str(self.payout.id), rebate_line=str(rivals.id))
        self.assertFalse(complaint.rebate_line_id, 'The line is of another dealer.')
        page = self.text(f'/my/complaints/new?statement={self.rivals.id}&line={rivals.id}')
        self.assertNotIn(self.rivals.name, page)

    def test_refused_question(self):
        line = self.lines()[0]
        self.send(line=str(line.id), reason='It was ours')
        dispute = self.payout.dispute_ids
        link = f'/my/complaints/new?dispute={dispute.id}'
        self.assertNotIn(link, self.text(self.payout.access_url))
        dispute.with_user(self.users['staff']).action_refuse('It was not')
        self.assertIn(link, self.text(self.payout.access_url))
        self.assertIn(dispute.name, self.text(link))
        self.assertEqual(self.report(rebate_dispute_id=str(dispute.id)).rebate_dispute_id, dispute)
        self.assertNotIn(dispute.name, self.page(link, 'rebate_rival').text)
