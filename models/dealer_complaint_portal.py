from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Domain

from .dealer_complaint_stage import ANSWERED_STATES

# What a dealer may say of its complaint; all else is ours.
TOLD = (
    'description',
    'order_id',
    'picking_id',
    'move_id',
    'rebate_payout_id',
    'rebate_line_id',
    'rebate_dispute_id',
    'product_id',
    'lot_name',
    'quantity',
    'quantity_kind',
    'sample_taken',
    'date_found',
    'phone',
)
# What its list shows as the subject, in characters.
TITLE_MAX = 80
DESCRIPTION_MAX = 5000
# Where we have not answered yet.
WORKED_ON_STATES = frozenset({'received', 'analysed', 'solved'})
REOPENED_STATES = ANSWERED_STATES | {'cancelled'}


class DealerComplaint(models.Model):
    """What the people of a dealer do with its complaints: report, add, confirm, reopen, withdraw.

    Portal users have no right of their own on complaints. Whoever calls this has found the complaint by
    ``_get_portal_domain`` for the session's own dealer, and calls in sudo.
    """

    _inherit = 'dealer.complaint'

    intake_key = fields.Char(
        'Form Key', readonly=True, copy=False, help='Of the form it was sent with: sent twice, it is one complaint.'
    )

    _intake_key_unique = models.UniqueIndex(
        '(dealer_id, intake_key) WHERE intake_key IS NOT NULL', 'This form has been sent already.'
    )

    @api.model
    def _get_portal_domain(self, dealer):
        """The complaints that the people of ``dealer`` see: all of its own, also what it said in confidence."""
        return Domain('dealer_id', 'in', dealer.ids)

    # ----------------------------------------------------------------- Reports

    @api.model
    def _create_from_portal(self, dealer, contact, values, files=()):
        """Report a problem, with its problem form handed in.

        :param dealer: who complains
        :param contact: partner of the dealer who fills in the form
        :param values: ``{field: value}`` of ``type_id``, ``intake_key`` and ``TOLD``; others are passed over
        :param files: ``[(name, bytes)]`` as they were sent
        :return: the complaint, or the one that the same form has made before
        :raise UserError: if something is missing that the type demands, or is not the dealer's own
        """
        key = values.get('intake_key') or False
        if key and (known := self._find_by_intake_key(dealer, key)):
            return known
        vals = self._prepare_portal_vals(dealer, contact, values)
        try:
            with self.env.cr.savepoint():
                complaint = self.with_company(vals['company_id']).create(vals)
        except UniqueViolation as error:
            if not key or 'intake_key' not in (error.diag.constraint_name or ''):
                raise
            # The other tap was faster. What it has made is seen by a new transaction only: try again.
            raise ConcurrencyError(str(error)) from error
        if files:
            complaint._say_from_portal(contact, files=files)
        complaint.action_submit_form()
        return complaint

    @api.model
    def _find_by_intake_key(self, dealer, key):
        return self.search([('dealer_id', '=', dealer.id), ('intake_key', '=', key)], limit=1)

    @api.model
    def _prepare_portal_vals(self, dealer, contact, values):
        told = {name: values[name] for name in TOLD if values.get(name)}
        complaint_type = self.env['dealer.complaint.type'].browse(values.get('type_id') or ())
        if not complaint_type.exists() or not (complaint_type.active and complaint_type.in_portal):
            raise UserError(self.env._('Please choose what is wrong.'))
        if not told.get('description'):
            raise UserError(self.env._('Please say what happened.'))
        if len(told['description']) > DESCRIPTION_MAX:
            raise UserError(self.env._('Please describe it in at most %s characters.', DESCRIPTION_MAX))
        if told.get('picking_id') and not told.get('order_id'):
            told['order_id'] = self.env['stock.picking'].browse(told['picking_id']).sale_id.id
        return {
            **told,
            'type_id': complaint_type.id,
            'title': self._make_title(told['description']),
            'dealer_id': dealer.id,
            'partner_id': contact.id,
            'company_id': self._get_portal_company(dealer, told).id,
            'source': 'portal',
            'intake_key': values.get('intake_key') or False,
        }

    @api.model
    def _get_portal_company(self, dealer, told):
        """The company of the documents that are complained about, or else the dealer's.

        :raise UserError: for documents of several companies
        """
        companies = self.env['res.company']
        for name in ('order_id', 'picking_id', 'move_id', 'rebate_payout_id', 'rebate_dispute_id'):
            if told.get(name):
                companies |= self.env[self._fields[name].comodel_name].browse(told[name]).company_id
        if len(companies) > 1:
            raise UserError(
                self.env._(
                    'These documents are of several companies (%s): please report a problem for each of them.',
                    ', '.join(companies.mapped('name')),
                )
            )
        return companies or dealer.company_id or self.env.company

    @api.model
    def _make_title(self, description):
        """The first line of what was said, cut."""
        line = next(filter(None, (line.strip() for line in description.splitlines())))
        return line if len(line) <= TITLE_MAX else f'{line[: TITLE_MAX - 1].rstrip()}…'

    # ---------------------------------------------------------- The open form

    def _get_missing_fields(self):
        """Names of the fields that the type asks for and that are empty, in the order of the form."""
        self.ensure_one()
        return [name for name in self.type_id._get_needed_fields() if not self[name]]

    def _complete_from_portal(self, contact, values, files=()):
        """Add what the problem form still lacks, and hand it in.

        :param values: ``{field: value}``; only what is missing is written
        :raise UserError: while something is missing
        """
        self.ensure_one()
        if self.date_form or not self.is_open:
            raise UserError(self.env._('The problem form of this complaint is in already.'))
        lacking = {*self._get_missing_fields(), 'sample_taken'}
        vals = {name: values[name] for name in TOLD if name in lacking and values.get(name)}
        if vals:
            self.write(vals)
        if files:
            self._say_from_portal(contact, files=files)
        return self.action_submit_form()

    # ------------------------------------------------------------ The decision

    def _may_confirm(self):
        return self.state == 'answered' and not self.merged_into_id

    def _may_reopen(self):
        return self.state in REOPENED_STATES and not self.merged_into_id

    def _may_withdraw(self):
        return self.state in WORKED_ON_STATES and not self.date_answered and not self.merged_into_id

    def _confirm_from_portal(self, contact, rate=0, feedback='', key=''):
        """The dealer agrees to the answer, or rates what it agreed to. Safe to call twice.

        :param int rate: 1 to 5 stars; 0: none
        :param str feedback: what it says to the stars
        :param str key: of the form; see ``_say_from_portal``
        :raise UserError: where there is nothing to agree to, or to rate
        """
        self.ensure_one()
        if self._may_confirm():
            self.action_confirm()
        elif rate and self._is_rated_so(rate, feedback):
            return True
        elif not (self._may_rate() if rate else self._is_confirmed()):
            raise UserError(self.env._('There is nothing to confirm here at the moment.'))
        if rate:
            self._rate(contact, rate, feedback)
        elif feedback:
            self._say_from_portal(contact, feedback, key=key)
        return True

    def _is_confirmed(self):
        return self.state in ANSWERED_STATES and not self._may_confirm() and not self.merged_into_id

    def _reopen_from_portal(self, reason):
        """It is not settled: ``reason`` says what is still wrong. Safe to call twice."""
        self.ensure_one()
        if self._may_reopen():
            return self.action_reopen(reason)
        if self._is_reopened() and self.reopen_reason == reason.strip():
            return True
        raise UserError(self.env._('This complaint is being worked on: please write us a message instead.'))

    def _is_reopened(self):
        """Whether it was not settled, and we have not answered since."""
        self.ensure_one()
        return bool(self.reopen_count and self.state in WORKED_ON_STATES and not self.date_answered)

    def _withdraw_from_portal(self, reason):
        """The dealer takes it back, as long as we have not answered. Safe to call twice."""
        self.ensure_one()
        if self._may_withdraw():
            return self.action_cancel(reason)
        if self.state == 'cancelled' and not self.merged_into_id and self.withdrawal_reason == reason.strip():
            return True
        raise UserError(self.env._('This complaint can no longer be withdrawn.'))
