from odoo import api, models
from odoo.exceptions import UserError

from .dealer_complaint import COMPUTED, DOCUMENT_PARTNERS, SETTLED
from .dealer_complaint_flow import REASONS
from .dealer_complaint_stage import DONE_STATES


class DealerComplaint(models.Model):
    """What follows from what was told: the dealer, its tier and territory, the team and its person."""

    _inherit = 'dealer.complaint'

    @api.model
    def _prepare_new_vals_list(self, vals_list):
        """The values that complaints are made of, all of them at once: in as many queries for 200 as for one."""
        first = self._get_first_stage()
        new = self._prepare_new_vals(first)
        vals_list = [
            {**{name: value for name, value in vals.items() if name not in SETTLED}, **new} for vals in vals_list
        ]
        numbers = self.env['ir.sequence'].sudo().next_by_code_batch(self._name, len(vals_list))
        for vals, number in zip(vals_list, numbers, strict=True):
            vals['name'] = number
        self._complete_type(vals_list)
        self._complete_dealer(vals_list)
        self._complete_team(vals_list)
        return vals_list

    def write(self, vals):
        """Whoever turns out to complain brings its tier and territory."""
        if not vals.get('dealer_id'):
            return super().write(vals)
        dealer = self.env['res.partner'].sudo().browse(vals['dealer_id'])
        changed = self.filtered(lambda complaint: complaint.dealer_id != dealer)
        result = super().write(vals)
        # Read from the dealer: written by nobody by hand.
        changed.sudo().write(
            {'grade_id': dealer.grade_id.id, 'territory_id': self._find_territories(dealer).get(dealer, False)}
        )
        return result

    @api.model
    def _prepare_new_vals(self, stage):
        """What every complaint begins with: said, not left to defaults, which anybody may set."""
        nothing = dict.fromkeys((SETTLED - COMPUTED) | REASONS.keys(), False)
        return {
            **nothing,
            'stage_id': stage.id,
            'state': stage.state,
            'is_open': stage.state not in DONE_STATES,
        }

    @api.model
    def _get_first_stage(self):
        return self.env['dealer.complaint.stage']._get_first('received')

    @api.model
    def _complete_type(self, vals_list):
        types = self.env['dealer.complaint.type']
        usual = False
        for vals in vals_list:
            if not vals.get('type_id'):
                usual = usual or types.search([], limit=1)
                vals['type_id'] = usual.id
            vals['confidential'] = types.browse(vals['type_id']).confidential

    @api.model
    def _complete_dealer(self, vals_list):
        """The dealer by the contact or a document, where it is not named; its tier and territory of today."""
        partners = self.env['res.partner'].sudo()  # dealers and contacts out of the user's sight are checked below
        for vals in vals_list:
            if not vals.get('dealer_id'):
                vals['dealer_id'] = self._find_dealer(vals).id
        dealers = partners.browse({vals['dealer_id'] for vals in vals_list if vals['dealer_id']})
        territories = self._find_territories(dealers)
        for vals in vals_list:
            dealer = partners.browse(vals['dealer_id'])
            vals['grade_id'] = dealer.grade_id.id
            vals['territory_id'] = territories.get(dealer, False)

    @api.model
    def _find_dealer(self, vals):
        """The dealer of the contact or of the first document of ``vals``; empty if they say nothing."""
        # What the user may link to is checked when it is written.
        if vals.get('partner_id'):
            return self.env['res.partner'].sudo().browse(vals['partner_id']).dealer_id
        for name, path in DOCUMENT_PARTNERS.items():
            if vals.get(name):
                return self.env[self._fields[name].comodel_name].sudo().browse(vals[name])[path].dealer_id
        return self.env['res.partner']

    @api.model
    def _find_territories(self, dealers):
        """``{dealer: id of its territory}`` by the dealers' own addresses."""
        if not dealers:
            return {}
        company = self.env.company
        tree = self.env['dealer.territory']
        addresses = [tree._get_address_key(dealer, company) for dealer in dealers]
        found = tree._resolve_addresses(company, addresses)
        return {dealer: territory.id for dealer, territory in zip(dealers, found, strict=True)}

    @api.model
    def _complete_team(self, vals_list):
        """The team by the type, where none is named."""
        types = self.env['dealer.complaint.type']
        for vals in vals_list:
            if not vals.get('team_id'):
                vals['team_id'] = types.browse(vals['type_id']).sudo().team_id.id

    # ----------------------------------------------------- The problem form

    def _get_missing(self):
        """What the problem form of this complaint still lacks.

        :return: list of labels, in the order of the form; empty if it is complete
        """
        self.ensure_one()
        missing = [
            self._fields[name]._description_string(self.env)
            for name in self.type_id._get_needed_fields()
            if not self[name]
        ]
        evidence = self._describe_missing_evidence()
        return [*missing, evidence] if evidence else missing

    def _describe_missing_evidence(self):
        """The evidence that the type demands and nobody has shown; False if nothing is missing."""
        self.ensure_one()
        wanted = self.type_id.evidence
        if wanted == 'none' or (wanted == 'photo_or_sample' and self.sample_taken):
            return False
        mimetypes = self._get_evidence().mapped('mimetype')
        if any(mimetype.startswith('image/') for mimetype in mimetypes) or (wanted == 'document' and mimetypes):
            return False
        return dict(self.type_id._fields['evidence']._description_selection(self.env))[wanted]

    def _get_evidence(self):
        """Photographs and documents of these complaints."""
        # Read with the complaint, not by the right to each file.
        return (
            self.env['ir.attachment']
            .sudo()
            .search([('res_model', '=', self._name), ('res_id', 'in', self.ids), ('res_field', '=', False)], order='id')
        )

    def action_submit_form(self):
        """Hand the problem form in: from now on the dealer has done its part.

        :raise UserError: if something is missing that the type demands
        """
        self.check_access('write')
        for complaint in self.filtered(lambda complaint: not complaint.date_form):
            missing = complaint._get_missing()
            if missing:
                raise UserError(self.env._('To hand in the problem form, please add: %s.', ', '.join(missing)))
            now = self._get_now()
            # A step: written by nobody by hand.
            complaint.sudo().date_form = now
            complaint._reach_deadlines('form', now)
        return True
