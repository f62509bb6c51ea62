import base64
import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import consteq, escape_psql

CERTIFICATE_URL = '/certificate'


class DealerAuthorization(models.Model):
    """The certificate (授权书) of a grant, and what it answers to whoever holds it."""

    _inherit = 'dealer.authorization'

    certificate_number = fields.Char(readonly=True, copy=False, tracking=True)
    certificate_token = fields.Char(
        readonly=True, copy=False, groups='base.group_system', help='Part of the address behind the QR code.'
    )
    certificate_url = fields.Char('Verification Page', compute='_compute_certificate_url')

    _certificate_number_unique = models.UniqueIndex(
        '(certificate_number) WHERE certificate_number IS NOT NULL', 'Two certificates cannot have the same number.'
    )

    @api.model
    def _get_flow_fields(self):
        return super()._get_flow_fields() | {'certificate_number', 'certificate_token'}

    @api.model
    def _get_derived_fields(self):
        # The token is nobody's to write, and not in anybody's values.
        return super()._get_derived_fields() | {'certificate_token'}

    @api.depends('certificate_number')
    def _compute_certificate_url(self):
        for grant in self:
            # Whoever sees the certificate sees its address.
            token = grant.sudo().certificate_token
            grant.certificate_url = (
                f'{grant.get_base_url()}{CERTIFICATE_URL}/{grant.certificate_number}/{token}' if token else False
            )

    def _issue_certificate(self):
        """Give each grant its number, and an address that cannot be guessed (192 random bits)."""
        for company, grants in self.filtered(lambda grant: not grant.certificate_number).grouped('company_id').items():
            numbers = (
                self.env['ir.sequence']
                .with_company(company)
                .next_by_code_batch('dealer.authorization.certificate', len(grants))
            )
            for grant, number in zip(grants, numbers, strict=True):
                grant.sudo().write({'certificate_number': number, 'certificate_token': secrets.token_urlsafe(24)})

    def action_print_certificate(self):
        """Print the certificates in their dealers' languages.

        :raise UserError: if one was not issued
        """
        for grant in self:
            if not grant.certificate_number:
                raise UserError(self.env._('The authorization %s has no certificate: it is not approved.', grant.name))
        return self.env.ref('dealer_management.authorization_certificate_report').report_action(self)

    def action_open_verification(self):
        """Open the page behind the QR code."""
        self.ensure_one()
        self.check_access('read')
        return {'type': 'ir.actions.act_url', 'url': self.certificate_url, 'target': 'new'}

    def _get_certificate_lang(self):
        """The language a certificate is printed in: the one asked for, else the dealer's, else the user's."""
        self.ensure_one()
        asked = self.env.context.get('certificate_lang')
        installed = {code for code, _name in self.env['res.lang'].get_installed()}
        candidates = (asked, self.dealer_id.lang, self.env.lang, 'en_US')
        return next(code for code in candidates if code in installed or code == 'en_US')

    def _get_certificate_qr(self):
        """The QR code of the verification page, as a PNG in base64."""
        self.ensure_one()
        # Part of the document itself: printing asks no server for it.
        code = self.env['ir.actions.report'].barcode('QR', self.certificate_url, width=390, height=390, quiet=0)
        return base64.b64encode(code)

    # ----------------------------------------------------------- Verification

    @api.model
    def _find_by_certificate(self, number, token):
        """The grant with this certificate, in sudo, or empty: the token has to be right to the last character."""
        # Whoever holds the certificate may ask, known to us or not.
        names = ['certificate_number', 'certificate_token', 'company_id', 'dealer_id', 'territory_id']
        names += ['state', 'date_from', 'date_to', 'valid_until', 'revoked_date', 'suspended_date']
        grant = self.sudo().search_fetch([('certificate_number', '=', number)], names, limit=1)
        # Compared in constant time, with something even where there is no such certificate.
        right = grant.certificate_token or secrets.token_urlsafe(24)
        known = consteq(right.encode(), token.encode(errors='replace'))
        if not known:
            return grant.browse()
        # Everybody may ask, and often: no more is read of wide tables than the page says.
        grant.dealer_id.fetch(['name'])
        grant.company_id.fetch(['name', 'partner_id', 'country_id', 'parent_path'])
        grant.company_id.partner_id.fetch(['tz'])
        return grant

    def _get_certificate_status(self):
        """How the certificate stands today: ``valid``, ``future``, ``expired``, ``suspended`` or ``revoked``."""
        self.ensure_one()
        today = self.company_id._get_dealer_date()
        if self.revoked_date and self.revoked_date <= today:
            return 'revoked'
        if self.suspended_date and self.suspended_date <= today:
            return 'suspended'
        if today < self.date_from:
            return 'future'
        return 'valid' if today <= self.valid_until else 'expired'

    def _find_verified_product(self, text):
        """The product templates that a visitor may mean: by code, barcode or full name; or empty."""
        self.ensure_one()
        # Only what is for sale is asked for by its own name; nothing is listed.
        products = self.env['product.product'].sudo()
        name = escape_psql(text.strip())
        return products.search(
            [
                ('sale_ok', '=', True),
                ('company_id', 'in', [self.company_id.id, False]),
                '|',
                '|',
                ('default_code', '=ilike', name),
                ('barcode', '=', text.strip()),
                ('name', '=ilike', name),
            ],
            limit=20,
        ).product_tmpl_id

    def _covers(self, address, templates, day):
        """Whether this very grant allows selling ``templates``, each of them, at ``address`` on ``day``.

        :param address: ``(country_id, state_id, city, zip)``
        :param templates: ``product.template`` records, or empty to ask for any product
        """
        self.ensure_one()
        grant = self.sudo()
        territory = self.env['dealer.territory']._resolve_addresses(grant.company_id, [address])[0]
        if not territory or not grant._is_valid_on(day):
            return False
        boxes = grant.coverage_ids.filtered(lambda box: box.place_low <= territory.parent_path < box.place_high)
        paths = [self._get_product_path(template) for template in templates]
        return bool(boxes) and all(any(box.product_low <= path < box.product_high for box in boxes) for path in paths)

    def _get_verification_countries(self):
        """The countries that a visitor may ask about: those of the certificate's own territory, else the company's."""
        self.ensure_one()
        territory = self.sudo().territory_id
        areas = (
            self.env['dealer.territory.area']
            .sudo()
            ._read_group(
                ['|', ('territory_id', 'child_of', territory.id), ('territory_id', 'parent_of', territory.id)],
                ['country_id'],
            )
        )
        countries = self.env['res.country'].sudo().union(*(country for (country,) in areas))
        return countries or self.sudo().company_id.country_id
