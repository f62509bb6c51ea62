import datetime
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..tools.spans import EVERYTHING, Box, outermost, product_path, subtract, subtree
from .dealer_authorization import GRANTED_STATES

TERRITORY_VERDICTS = [
    ('authorized', 'Authorized'),
    ('no_grant', 'No Grant'),
    ('exclusive', "Another's Exclusive Area"),
    ('open', 'Open Area'),
]
# What is not in order, and what a company may want to be warned of.
VIOLATIONS = frozenset({'no_grant', 'exclusive'})


class DealerAuthorizationCoverage(models.Model):
    """What a grant covers, as boxes: a range of places × a range of products × a channel × days.

    Both ranges are subtrees written as ranges of paths (see ``tools/spans.py``). A grant without
    carve-outs has one box for each of its product subtrees and channels; carve-outs are cut out.

    Two grants of different dealers conflict exactly where two of their boxes overlap and one of
    them is exclusive or sole, and that the table cannot hold: an exclusion constraint forbids it.
    PostgreSQL checks such a constraint against the rows as they are, those of transactions that
    are not yet committed included (it waits for them), whatever the isolation level: two approvals
    on two connections cannot both pass, though neither sees the other's rows.

    What the constraint cannot see is a path that is about to change: a category moved by one
    transaction while another grants it. Hence whatever moves a node, a category or a product that
    grants refer to, and whatever grants, first stands in line: see
    ``res.company._serialize_dealer_grants``.
    """

    _name = 'dealer.authorization.coverage'
    _description = 'Coverage of an Authorization'
    _log_access = False
    _rec_name = 'authorization_id'

    authorization_id = fields.Many2one('dealer.authorization', required=True, index=True, ondelete='cascade')
    # The grant's own values, kept equal by the foreign key below.
    company_id = fields.Many2one('res.company', required=True)
    dealer_id = fields.Many2one('res.partner', required=True)
    kind = fields.Char(required=True)
    date_from = fields.Date(required=True)
    date_until = fields.Date(required=True)
    guarded_from = fields.Date(help='Conflicts count from this day on: a node that is moved today changes no past day.')
    channel_id = fields.Many2one('dealer.channel', ondelete='restrict', help='Empty: every channel.')
    place_low = fields.Char(required=True)
    place_high = fields.Char(required=True)
    product_low = fields.Char(required=True)
    product_high = fields.Char(required=True)

    # A grant's dealer, kind or days that are changed behind Odoo's back change here too, and the
    # constraint below judges them.
    _same_as_grant = models.Constraint(
        'FOREIGN KEY (authorization_id, company_id, dealer_id, kind, date_from, date_until)'
        ' REFERENCES dealer_authorization (id, company_id, dealer_id, kind, date_from, reserved_until)'
        ' ON UPDATE CASCADE ON DELETE CASCADE',
    )
    # A non-exclusive grant overlaps itself alone in the last column, the others overlap everything.
    # NULL is no bound: int4range(NULL, NULL) holds every channel.
    _no_conflict = models.Constraint(
        """EXCLUDE USING gist (
            company_id WITH =,
            dealer_path_range((place_low)::text, (place_high)::text) WITH &&,
            dealer_path_range((product_low)::text, (product_high)::text) WITH &&,
            int4range(channel_id, channel_id, '[]'::text) WITH &&,
            (CASE WHEN (GREATEST(date_from, guarded_from) <= date_until)
                THEN daterange(GREATEST(date_from, guarded_from), date_until, '[]'::text)
                ELSE 'empty'::daterange END) WITH &&,
            (CASE WHEN ((kind)::text = 'shared'::text)
                THEN int4range(authorization_id, authorization_id, '[]'::text)
                ELSE int4range(NULL::integer, NULL::integer) END) WITH &&,
            dealer_id WITH <>
        )""",
        "Another dealer's authorization covers a part of this already.",
    )

    def _auto_init(self):
        # Before the table, whose constraint needs it: paths are compared byte by byte.
        self.env.cr.execute(
            """DO $$ BEGIN
                IF to_regtype('dealer_path_range') IS NULL THEN
                    CREATE TYPE dealer_path_range AS RANGE (SUBTYPE = text, COLLATION = "C");
                END IF;
            END $$"""
        )
        return super()._auto_init()


class Case(NamedTuple):
    """What an order line asks: goods of this path, delivered here, by this channel, on this day."""

    place: str
    product: str
    channel: int | None  # None: unknown; what covers any channel is found then
    day: datetime.date


class Holder(NamedTuple):
    """A grant that covers a case."""

    grant_id: int
    dealer_id: int
    kind: str
    # False: only by channels that it names, while nobody knows the case's channel.
    by_channel: bool


class DealerAuthorization(models.Model):
    """How a grant's coverage is built, and asked."""

    _inherit = 'dealer.authorization'

    conflict_message = fields.Char(compute='_compute_conflict_message')

    # --------------------------------------------------------------- Building

    def _rebuild_coverage(self, guarded_from=None):
        """Write anew what these grants cover; those that were never granted cover nothing.

        :param guarded_from: the first day on which conflicts count; each grant's first unless given
        :raise ValidationError: if another dealer's grant is in the way, naming both
        """
        grants = self.sudo()
        grants.company_id._serialize_dealer_grants()
        vals_list = [
            vals
            for grant in grants
            if grant.state in GRANTED_STATES
            for vals in grant._prepare_coverage_vals(guarded_from)
        ]
        grants._check_no_conflict(vals_list)
        grants.coverage_ids.unlink()
        self.env['dealer.authorization.coverage'].sudo().create(vals_list)

    def _prepare_coverage_vals(self, guarded_from=None):
        """The values of the boxes that this grant covers."""
        self.ensure_one()
        shared = {
            'authorization_id': self.id,
            'company_id': self.company_id.id,
            'dealer_id': self.dealer_id.id,
            'kind': self.kind,
            'date_from': self.date_from,
            'date_until': self.reserved_until,
            'guarded_from': guarded_from or False,
        }
        return [
            {
                **shared,
                'channel_id': channel.id,
                'place_low': box.places.low,
                'place_high': box.places.high,
                'product_low': box.products.low,
                'product_high': box.products.high,
            }
            for box in self._get_boxes()
            for channel in self.channel_ids or [self.env['dealer.channel']]
        ]

    def _get_boxes(self):
        """The boxes of places × products that this grant covers, carve-outs cut out."""
        self.ensure_one()
        places = subtree(self.territory_id.parent_path)
        whole = [EVERYTHING]
        if self.product_scope == 'selected':
            whole = self._get_product_spans(self)
        cuts = [
            Box(subtree(carveout.territory_id.parent_path) if carveout.territory_id else EVERYTHING, products)
            for carveout in self.carveout_ids
            for products in (
                self._get_product_spans(carveout)
                if carveout.category_ids or carveout.product_tmpl_ids
                else [EVERYTHING]
            )
        ]
        return subtract([Box(places, products) for products in whole], cuts)

    @api.model
    def _get_product_spans(self, scope):
        """The spans of the categories and products of a grant or carve-out, none of them twice."""
        paths = [category.parent_path for category in scope.category_ids]
        paths += [self._get_product_path(template) for template in scope.product_tmpl_ids]
        return [subtree(path) for path in outermost(paths)]

    @api.model
    def _get_product_path(self, template):
        return product_path(template.categ_id.parent_path, template.id)

    @api.depends('state', 'dealer_id', 'territory_id', 'kind', 'product_scope', 'category_ids', 'product_tmpl_ids')
    @api.depends('channel_ids', 'carveout_ids', 'date_from', 'date_to')
    def _compute_conflict_message(self):
        for grant in self:
            grant.conflict_message = False
            if grant.state in ('draft', 'submitted', 'refused') and grant.id and grant.date_from <= grant.date_to:
                own = grant.sudo()
                if conflict := own._find_conflict(own._prepare_coverage_vals()):
                    grant.conflict_message = self._describe_conflict(*conflict)

    def _check_no_conflict(self, vals_list):
        """Say which grants stand in the way of the coverage in ``vals_list``, before the database refuses it.

        :param vals_list: the boxes that replace the coverage of ``self``
        :raise ValidationError: naming both grants, their dealers and days
        """
        if conflict := self._find_conflict(vals_list):
            raise ValidationError(self._describe_conflict(*conflict))

    @api.model
    def _describe_conflict(self, own, other):
        return self.env._(
            'The authorization %(own)s is in conflict with %(other)s: both cover the same goods in the same area on the'
            ' same days.',
            own=own._describe(),
            other=other._describe(),
        )

    def _find_conflict(self, vals_list):
        """The first two grants of different dealers that would be in conflict, or None.

        :param vals_list: the boxes that replace the coverage of ``self``
        """
        columns = (
            'authorization_id',
            'company_id',
            'dealer_id',
            'kind',
            'date_from',
            'date_until',
            'channel_id',
            'place_low',
            'place_high',
            'product_low',
            'product_high',
            'guarded_from',
        )
        if not vals_list:
            return None
        # The days of grants that this transaction has ended reach their coverage with them.
        self.flush_model()
        names = SQL(', ').join(map(SQL.identifier, columns))
        rows = self.env.execute_query(
            SQL(
                """WITH fresh (%(names)s) AS (
                       SELECT * FROM unnest(
                           %(authorization_id)s::int[], %(company_id)s::int[], %(dealer_id)s::int[], %(kind)s::text[],
                           %(date_from)s::date[], %(date_until)s::date[], %(channel_id)s::int[],
                           %(place_low)s::text[], %(place_high)s::text[], %(product_low)s::text[],
                           %(product_high)s::text[], %(guarded_from)s::date[])
                   ), others AS (
                       SELECT %(names)s FROM dealer_authorization_coverage WHERE authorization_id != ALL (%(ids)s)
                       UNION ALL
                       SELECT %(names)s FROM fresh
                   )
                   SELECT fresh.authorization_id, others.authorization_id
                     FROM fresh
                     JOIN others
                       ON others.company_id = fresh.company_id
                      AND others.dealer_id != fresh.dealer_id
                      AND (others.kind != 'shared' OR fresh.kind != 'shared')
                      AND (others.channel_id = fresh.channel_id) IS NOT FALSE
                      AND others.place_low COLLATE "C" < fresh.place_high
                      AND fresh.place_low COLLATE "C" < others.place_high
                      AND others.product_low COLLATE "C" < fresh.product_high
                      AND fresh.product_low COLLATE "C" < others.product_high
                      AND GREATEST(others.date_from, others.guarded_from, fresh.date_from, fresh.guarded_from)
                          <= LEAST(others.date_until, fresh.date_until)
                    ORDER BY fresh.authorization_id, others.authorization_id
                    LIMIT 1""",
                names=names,
                ids=self.ids,
                **{column: [vals[column] or None for vals in vals_list] for column in columns},
            )
        )
        return next((tuple(map(self.browse, pair)) for pair in rows), None)

    # ----------------------------------------------------------------- Asking

    @api.model
    def _find_holders(self, company, cases, own_dealers):
        """Find the grants that cover each case: those of ``own_dealers``, and all exclusive and sole ones.

        One query, whatever the number of cases and grants; who asks need not see the grants.

        :param company: the ``res.company`` that sells
        :param cases: iterable of ``Case``
        :param own_dealers: the dealers whose non-exclusive grants matter too
        :return: ``{case: list of Holder}``, those of the nearest territory first; a case that no
            grant covers is left out
        """
        cases = list(cases)
        if not cases:
            return {}
        self.flush_model(['valid_until', 'reserved_until'])
        self.coverage_ids.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT asked.ordinal, grants.id, grants.dealer_id, grants.kind,
                          bool_or(coverage.channel_id IS NULL OR asked.channel IS NOT NULL)
                     FROM unnest(%(places)s::text[], %(products)s::text[], %(channels)s::int[], %(days)s::date[])
                          WITH ORDINALITY AS asked (place, product, channel, day, ordinal)
                     JOIN dealer_authorization_coverage coverage
                       ON coverage.company_id = %(company)s
                      AND dealer_path_range(coverage.place_low::text, coverage.place_high::text) @> asked.place
                      AND dealer_path_range(coverage.product_low::text, coverage.product_high::text) @> asked.product
                      AND (coverage.channel_id IS NULL OR asked.channel IS NULL OR coverage.channel_id = asked.channel)
                      AND coverage.date_from <= asked.day
                      AND coverage.date_until >= asked.day
                      AND (coverage.kind != 'shared' OR coverage.dealer_id = ANY (%(own)s))
                     JOIN dealer_authorization grants
                       ON grants.id = coverage.authorization_id AND grants.valid_until >= asked.day
                     JOIN dealer_territory territory ON territory.id = grants.territory_id
                    GROUP BY asked.ordinal, grants.id, territory.parent_path
                    ORDER BY asked.ordinal, length(territory.parent_path) DESC, grants.id""",
                places=[case.place for case in cases],
                products=[case.product for case in cases],
                channels=[case.channel or None for case in cases],
                days=[case.day for case in cases],
                company=company.root_id.id,
                own=own_dealers.ids,
            )
        )
        found = {}
        for ordinal, *holder in rows:
            found.setdefault(cases[ordinal - 1], []).append(Holder(*holder))
        return found
