from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class ResPartner(models.Model):
    """The dealer's code: drawn from a sequence, unique in its company."""

    _inherit = 'res.partner'

    dealer_code = fields.Char(copy=False)

    # A dealer shared by all companies (no company: the range is open) has its code in each of them.
    _dealer_code_unique = models.Constraint(
        "EXCLUDE USING gist (dealer_code WITH =, int4range(company_id, company_id, '[]') WITH &&)"
        ' WHERE (dealer_code IS NOT NULL)',
        'This dealer code is already in use in the company.',
    )
    _dealer_code_index = models.Index('(dealer_code) WHERE is_dealer')

    @api.constrains('dealer_code', 'is_dealer')
    def _check_dealer_code(self):
        for partner in self:
            if partner.is_dealer and not (partner.dealer_code or '').strip():
                raise ValidationError(self.env._('The dealer "%s" needs a code.', partner.display_name))

    def _check_dealer_codes_free(self, codes):
        """Check that no two dealers of a company have the same code; by one query, before they are written.

        The database holds the rule; this names the other dealer.

        :param list codes: ``(code, company id or False, name of the dealer)`` of ``self``, or of
            dealers that are about to be made
        :raise ValidationError: if a code is taken
        """
        taken = defaultdict(list)
        # Other companies' dealers are looked at for their codes only.
        for other in (
            self.sudo()
            .with_context(active_test=False)
            .search_fetch(
                [('dealer_code', 'in', list({code for code, _company, _name in codes})), ('id', 'not in', self.ids)],
                ['dealer_code', 'company_id', 'name'],
            )
        ):
            is_readable = not other.company_id or other.company_id in self.env.companies
            name = other.name if is_readable else self.env._('a dealer of another company')
            taken[other.dealer_code].append((other.company_id.id, name))
        for code, company, name in codes:
            for other_company, other_name in taken[code]:
                if not company or not other_company or company == other_company:
                    raise ValidationError(
                        self.env._(
                            'The dealer code %(code)s of "%(dealer)s" is already that of "%(other)s".',
                            code=code,
                            dealer=name,
                            other=other_name,
                        )
                    )
            taken[code].append((company, name))

    @api.model
    def _fill_dealer_codes(self, vals_list):
        """Give a code to each of ``vals_list`` that has none, drawn in one go per company."""
        by_company = defaultdict(list)
        for vals in vals_list:
            if not (vals.get('dealer_code') or '').strip():
                company = vals.get('company_id', self.env.context.get('default_company_id'))
                by_company[company or self.env.company.id].append(vals)
        for company_id, missing in by_company.items():
            codes = self._draw_dealer_codes(company_id, len(missing))
            for vals, code in zip(missing, codes, strict=True):
                vals['dealer_code'] = code

    def _next_dealer_codes(self):
        """Return ``{company id or False: [code, …]}``, one code for each partner of ``self``."""
        return {
            company.id: self._draw_dealer_codes(company.id or self.env.company.id, len(partners))
            for company, partners in self.grouped('company_id').items()
        }

    @api.model
    def _draw_dealer_codes(self, company_id, count):
        """Draw ``count`` codes that no dealer of the company has yet.

        A number that somebody has given by hand is passed over.
        """
        # Staff draw numbers without the right to read sequences; all dealers' codes count.
        sequences = self.env['ir.sequence'].sudo().with_company(company_id)
        dealers = self.sudo().with_context(active_test=False)
        codes, size = [], count
        while len(codes) < count:
            drawn = sequences.next_by_code_batch('dealer.code', size)
            if not drawn:
                raise UserError(
                    self.env._(
                        'There is no number sequence for dealer codes. Create one with the code "dealer.code",'
                        ' or give each dealer a code.'
                    )
                )
            taken = set(
                dealers.search_fetch(
                    [('dealer_code', 'in', drawn), ('company_id', 'in', [company_id, False])], ['dealer_code']
                ).mapped('dealer_code')
            )
            codes += [code for code in drawn if code not in taken]
            size = min(2 * size, 1000)  # a long stretch of taken numbers is passed in few steps
        return codes[:count]

    @property
    def _rec_names_search(self):
        """Any contact field also finds a dealer by its code."""
        return [*super()._rec_names_search, 'dealer_code']
