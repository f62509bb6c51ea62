from odoo import api, models
from odoo.exceptions import AccessError


class ReportDealerComplaintForm(models.AbstractModel):
    """What the printed problem form (疑难问题处理单) shows: the dealer's copy."""

    _name = 'report.dealer_management.dealer_complaint_form'
    _description = 'Printed Problem Form'

    # Whether analysis, cause, accountable party, lesson and cost are on it.
    _internal = False

    @api.model
    def _get_report_values(self, docids, data=None):
        complaints = self.env['dealer.complaint'].browse(docids)
        self._check_may_print(complaints)
        # Who may read a complaint need not be allowed to read the documents and files that it names.
        complaints = complaints.sudo()
        return {
            'doc_ids': docids,
            'doc_model': complaints._name,
            'docs': complaints,
            'internal': self._internal,
        }

    def _check_may_print(self, complaints):
        """Check that the user may see these complaints: the portal prints a dealer's own, as superuser, after it
        has checked whose they are.

        :raise AccessError: for complaints out of sight, and for portal users who come by another way
        """
        complaints.check_access('read')
        if not self.env.su and not self.env.user._is_internal():
            raise AccessError(self.env._('Please print the form from the page of your complaint.'))


class ReportDealerComplaintFormInternal(models.AbstractModel):
    """The same with what stays among our own people."""

    _name = 'report.dealer_management.dealer_complaint_form_internal'
    _inherit = ['report.dealer_management.dealer_complaint_form']
    _description = 'Printed Problem Form, Internal'

    _internal = True

    def _check_may_print(self, complaints):
        if not self.env.user._is_internal():
            raise AccessError(self.env._('This copy of the form is not for dealers.'))
        return super()._check_may_print(complaints)
