from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL

from ..tools.places import AFTER_ALL, Area, city_key, postal_key


class DealerTerritoryArea(models.Model):
    """An area of the map that a territory claims: a country, state, city or range of postal codes.

    Areas of different territories never cross: where two have an address in common, one contains
    the other and its territory lies above. So the areas that contain an address belong to one
    branch of the tree, and the deepest of them is the address's territory.
    """

    _name = 'dealer.territory.area'
    _description = 'Area of a Territory'
    _order = 'territory_id, country_id, state_id, city, zip_low, id'

    territory_id = fields.Many2one('dealer.territory', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='territory_id.company_id', store=True, precompute=True)
    country_id = fields.Many2one(
        'res.country', required=True, ondelete='restrict', default=lambda self: self.env.company.country_id
    )
    state_id = fields.Many2one('res.country.state', ondelete='restrict', domain="[('country_id', '=', country_id)]")
    city = fields.Char(help='Upper and lower case, spaces and the suffix 市 make no difference.')
    zip_from = fields.Char('Postal Codes from')
    zip_to = fields.Char(
        'Postal Codes to', help='The last code, inclusive. "51" stands for every code that begins with 51.'
    )
    city_key = fields.Char(compute='_compute_keys', store=True, precompute=True)
    zip_low = fields.Char(compute='_compute_keys', store=True, precompute=True)
    zip_high = fields.Char(compute='_compute_keys', store=True, precompute=True)

    # The leading columns find an address's areas; see ``_find_territories``.
    _area_unique = models.UniqueIndex(
        "(company_id, country_id, COALESCE(state_id, 0), COALESCE(city_key, ''), COALESCE(zip_low, ''),"
        " COALESCE(zip_high, ''))",
        'This area is claimed already: no two territories may claim the same.',
    )
    _postal_range_in_order = models.Constraint(
        'CHECK ((zip_low IS NULL) = (zip_high IS NULL) AND zip_low COLLATE "C" <= zip_high)',
        'A range of postal codes has a beginning and an end, in this order.',
    )

    # --------------------------------------------------------------- Computes

    @api.depends('city', 'zip_from', 'zip_to')
    def _compute_keys(self):
        for area in self:
            area.city_key = city_key(area.city) or False
            low, high = postal_key(area.zip_from), postal_key(area.zip_to or area.zip_from)
            area.zip_low = low if low and high else False
            area.zip_high = high + AFTER_ALL if low and high else False

    @api.depends('country_id', 'state_id', 'city', 'zip_from', 'zip_to')
    def _compute_display_name(self):
        for area in self:
            codes = area.zip_from or ''
            if area.zip_to and area.zip_to != area.zip_from:
                codes = f'{codes}–{area.zip_to}'
            parts = [area.state_id.name, area.city, codes]
            # A country is named where nothing narrower is.
            area.display_name = ' '.join(filter(None, parts)) or area.country_id.name or ''

    @api.onchange('country_id')
    def _onchange_country_id(self):
        if self.state_id.country_id != self.country_id:
            self.state_id = False

    # ------------------------------------------------------------------- CRUD

    @api.model
    def _get_claim_fields(self):
        """The fields that say which area it is, and whose."""
        return ['territory_id', 'country_id', 'state_id', 'city', 'zip_from', 'zip_to']

    @api.model
    def _check_derived_not_written(self, vals):
        """What an area is compared by follows from what it is."""
        if not self.env.su and not vals.keys().isdisjoint({'company_id', 'city_key', 'zip_low', 'zip_high'}):
            raise AccessError(self.env._('These values of an area follow from the others and are not written.'))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_derived_not_written(vals)
        defaults = self.default_get(['country_id'])
        candidates = self.browse()
        for vals in vals_list:
            claim = {name: vals[name] for name in self._get_claim_fields() if name in vals}
            candidates += self.new({**defaults, **claim})
        candidates._check_claim()
        areas = super().create(vals_list)
        areas.territory_id._check_areas_below()
        return areas

    def write(self, vals):
        self._check_derived_not_written(vals)
        claim = {name: vals[name] for name in self._get_claim_fields() if name in vals}
        if not claim:
            return super().write(vals)
        territories = self.territory_id
        candidates = self.browse()
        for area in self:
            candidates += self.new(claim, origin=area)
        candidates._check_claim()
        result = super().write(vals)
        (territories | self.territory_id)._check_areas_below()
        return result

    def unlink(self):
        territories = self.territory_id
        territories.company_id._serialize_dealer_grants()
        result = super().unlink()
        territories._check_areas_below()
        return result

    def _check_claim(self):
        """Check areas that are about to be written: each is one, and nobody claims it yet.

        :raise ValidationError: with the reason in a sentence
        """
        for area in self:
            area._check_fields()
        # Whoever claims at the same time comes before or after: see ``_serialize_dealer_grants``.
        self.company_id._serialize_dealer_grants()
        claims = {}
        for area in self:
            claimed = claims.setdefault((area.company_id.id, area._as_tuple()), area)
            if claimed != area:
                area._raise_claimed(claimed.territory_id)
        rows = self.env.execute_query(
            SQL(
                """SELECT claim.ordinal, area.territory_id
                     FROM unnest(%s::int[], %s::int[], %s::int[], %s::text[], %s::text[], %s::text[])
                          WITH ORDINALITY AS claim (company, country, state, city, low, high, ordinal)
                     JOIN dealer_territory_area area
                       ON area.company_id = claim.company
                      AND area.country_id = claim.country
                      AND COALESCE(area.state_id, 0) = COALESCE(claim.state, 0)
                      AND COALESCE(area.city_key, '') = COALESCE(claim.city, '')
                      AND COALESCE(area.zip_low, '') = COALESCE(claim.low, '')
                      AND COALESCE(area.zip_high, '') = COALESCE(claim.high, '')
                    WHERE area.id != ALL (%s)
                    LIMIT 1""",
                *map(list, zip(*((company, *claim) for company, claim in claims), strict=True)),
                self._origin.ids,
            )
        )
        for ordinal, territory_id in rows:
            self[ordinal - 1]._raise_claimed(self.env['dealer.territory'].browse(territory_id))

    def _raise_claimed(self, territory):
        raise ValidationError(
            self.env._(
                '%(area)s is claimed already by the territory "%(territory)s": no two may claim the same area.',
                area=self.display_name,
                territory=territory.display_name,
            )
        )

    # ------------------------------------------------------------ Constraints

    def _check_fields(self):
        self.ensure_one()
        if self.state_id and self.state_id.country_id != self.country_id:
            raise ValidationError(
                self.env._(
                    '%(state)s does not lie in %(country)s.', state=self.state_id.name, country=self.country_id.name
                )
            )
        if self.city and not self.city_key:
            raise ValidationError(self.env._('"%s" is not the name of a city.', self.city))
        if self.city and not self.state_id and self.country_id.state_ids:
            raise ValidationError(
                self.env._(
                    'Which "%(city)s"? Name its state: cities of one name may lie in several states of %(country)s.',
                    city=self.city,
                    country=self.country_id.name,
                )
            )
        if not self.territory_id.active:
            raise ValidationError(self.env._('"%s" is archived and claims no areas.', self.territory_id.display_name))
        self._check_postal_range()

    def _check_postal_range(self):
        if not self.zip_from and not self.zip_to:
            return
        if not self.zip_low or not self.zip_high:
            raise ValidationError(
                self.env._(
                    'A range of postal codes has a first and a last code of digits or letters: "%(low)s" to'
                    ' "%(high)s" is none.',
                    low=self.zip_from or '',
                    high=self.zip_to or '',
                )
            )
        if self.zip_low > self.zip_high:
            raise ValidationError(
                self.env._(
                    'The range of postal codes is turned round: %(low)s comes after %(high)s.',
                    low=self.zip_from,
                    high=self.zip_to,
                )
            )

    # ------------------------------------------------------- Place in the tree

    def _as_tuple(self):
        """The area as plain values, to reason about."""
        self.ensure_one()
        return Area(
            self.country_id.id,
            self.state_id.id or None,
            self.city_key or None,
            self.zip_low or None,
            self.zip_high or None,
        )

    def _check_place_in_tree(self):
        """Check that each area lies inside those above it in the tree, and crosses no other.

        :raise ValidationError: naming the areas and their territories
        """
        # Areas out of the user's sight are judged as well.
        areas = self.sudo()
        overlaps = areas._find_overlaps()
        ancestors = {int(node) for path in areas.territory_id.mapped('parent_path') for node in path.split('/')[:-1]}
        claiming = {
            territory.id
            for (territory,) in areas._read_group([('territory_id', 'in', list(ancestors))], ['territory_id'])
        }
        for area in areas:
            own_path = area.territory_id.parent_path
            above = [int(node) for node in own_path.split('/')[:-2]]
            nearest = next((node for node in reversed(above) if node in claiming), None)
            others = overlaps.get(area, ())
            if nearest and not any(
                other.territory_id.id == nearest and other._as_tuple().contains(area._as_tuple()) for other in others
            ):
                raise ValidationError(
                    self.env._(
                        '%(area)s of the territory "%(territory)s" lies outside "%(parent)s" (%(parent_areas)s), below'
                        ' which it stands.',
                        area=area.display_name,
                        territory=area.territory_id.display_name,
                        parent=area.territory_id.browse(nearest).display_name,
                        parent_areas=area.territory_id.browse(nearest).area_summary,
                    )
                )
            for other in others:
                area._check_related(other)

    def _check_related(self, other):
        """Check that two areas with addresses in common lie below one another."""
        own_path, other_path = self.territory_id.parent_path, other.territory_id.parent_path
        if own_path == other_path:
            return
        outer, inner = (self, other) if self._as_tuple().contains(other._as_tuple()) else (other, self)
        if not outer._as_tuple().contains(inner._as_tuple()):
            raise ValidationError(
                self.env._(
                    '%(area)s ("%(territory)s") and %(other_area)s ("%(other)s") have addresses in common, but neither'
                    ' contains the other. Give the postal codes their state and city.',
                    area=self.display_name,
                    territory=self.territory_id.display_name,
                    other_area=other.display_name,
                    other=other.territory_id.display_name,
                )
            )
        if not inner.territory_id.parent_path.startswith(outer.territory_id.parent_path):
            raise ValidationError(
                self.env._(
                    '%(inner_area)s lies inside %(outer_area)s, which the territory "%(outer)s" claims: "%(inner)s"'
                    ' has to stand below it.',
                    inner_area=inner.display_name,
                    outer_area=outer.display_name,
                    outer=outer.territory_id.display_name,
                    inner=inner.territory_id.display_name,
                )
            )

    def _find_overlaps(self):
        """Return ``{area: the other areas of its company that share an address with it}``, by one query."""
        self.flush_model()
        # Two areas of a country overlap where each of state, city and codes is equal, overlaps, or
        # is open in one of them. The first condition on the state is what the index serves.
        rows = self.env.execute_query(
            SQL(
                """SELECT area.id, other.id
                     FROM dealer_territory_area area
                     JOIN dealer_territory_area other
                       ON other.company_id = area.company_id
                      AND other.country_id = area.country_id
                      AND other.id != area.id
                      AND CASE WHEN area.state_id IS NULL THEN TRUE
                               ELSE COALESCE(other.state_id, 0) IN (area.state_id, 0) END
                      AND (area.city_key = other.city_key) IS NOT FALSE
                      AND (area.zip_low COLLATE "C" <= other.zip_high) IS NOT FALSE
                      AND (other.zip_low COLLATE "C" <= area.zip_high) IS NOT FALSE
                    WHERE area.id = ANY (%s)""",
                self.ids,
            )
        )
        overlaps = {}
        for area_id, other_id in rows:
            overlaps.setdefault(self.browse(area_id), []).append(self.browse(other_id))
        self.browse({area.id for others in overlaps.values() for area in others} | set(self.ids)).fetch(
            [*self._get_claim_fields(), 'city_key', 'zip_low', 'zip_high']
        )
        return overlaps

    # -------------------------------------------------------------- Addresses

    @api.model
    def _find_missing_states(self, company, keys):
        """The states of cities whose addresses name none, where the city is claimed in one state only.

        :param keys: ``(country_id, state_id or 0, city key, postal key)`` of the addresses
        :return: ``{(country_id, city key): state_id}``
        """
        cities = {(country, city) for country, state, city, _code in keys if city and not state}
        if not cities:
            return {}
        found = self._read_group(
            [
                ('company_id', '=', company.id),
                ('country_id', 'in', [country for country, _city in cities]),
                ('city_key', 'in', [city for _country, city in cities]),
            ],
            ['country_id', 'city_key'],
            ['state_id:array_agg'],
        )
        return {(country.id, city): states[0] for country, city, states in found if len(set(states)) == 1 and states[0]}

    @api.model
    def _find_territories(self, company, addresses):
        """Return ``{address: (id, path) of its territory}``, without addresses that no area contains.

        See ``dealer.territory._resolve_addresses``. Areas never cross, so those that contain an
        address stand on one branch of the tree: the deepest decides.
        """
        wanted = {
            (country, state or 0, city_key(city), postal_key(code)): None
            for country, state, city, code in addresses
            if country
        }
        if not wanted:
            return {}
        self.flush_model()
        self.env['dealer.territory'].flush_model(['parent_path'])
        states = self._find_missing_states(company, wanted)
        rows = self.env.execute_query(
            SQL(
                """SELECT address.ordinal, found.territory_id, found.parent_path
                     FROM unnest(%(countries)s::int[], %(states)s::int[], %(cities)s::text[], %(codes)s::text[])
                          WITH ORDINALITY AS address (country, state, city, code, ordinal)
                    CROSS JOIN LATERAL (
                        SELECT area.territory_id, territory.parent_path
                          FROM dealer_territory_area area
                          JOIN dealer_territory territory ON territory.id = area.territory_id
                         WHERE area.company_id = %(company)s
                           AND area.country_id = address.country
                           AND COALESCE(area.state_id, 0) IN (0, address.state)
                           AND COALESCE(area.city_key, '') IN ('', address.city)
                           AND (address.code COLLATE "C" BETWEEN area.zip_low AND area.zip_high) IS NOT FALSE
                         ORDER BY length(territory.parent_path) - length(replace(territory.parent_path, '/', '')) DESC
                         LIMIT 1
                    ) found""",
                countries=[key[0] for key in wanted],
                states=[key[1] or states.get((key[0], key[2]), 0) for key in wanted],
                cities=[key[2] for key in wanted],
                codes=[key[3] for key in wanted],
                company=company.id,
            )
        )
        keys = list(wanted)
        for ordinal, *territory in rows:
            wanted[keys[ordinal - 1]] = tuple(territory)
        found = {
            address: wanted.get((address[0], address[1] or 0, city_key(address[2]), postal_key(address[3])))
            for address in addresses
        }
        return {address: territory for address, territory in found.items() if territory}
