import json
from bisect import bisect_right
from collections import defaultdict
from datetime import date
from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from ..tools import rebate
from .dealer_rebate_program_base import Buckets
from .dealer_rebate_program_measure import Measure


class DealerRebateComputation(models.Model):
    """The source lines of computations, each with its share: read from the ledger once, and kept."""

    _inherit = 'dealer.rebate.computation'

    def _keep_lines(self, accounts):
        """Keep the lines behind each account, in two statements whatever their number.

        The lines are read in the transaction that has summed them up: they add up to the figures, which is
        checked. Each has its share of what was earned, by largest remainder.

        :param accounts: the :class:`Account` of each of these computations
        """
        if not self:
            return
        self.flush_recordset()
        program = self.program_id
        buckets = Buckets.cut([account.window for account in accounts])
        measure = Measure(program, SQL('aml.invoice_date'))
        places = measure.places
        kept = self._store_lines(accounts, buckets, measure)
        unit = program._get_earned_unit()
        shares = []
        for computation, account in zip(self, accounts, strict=True):
            line_ids, weights, days = kept.get(computation.id, ([], [], []))
            computation._check_lines_add_up(account, weights, places)
            shares.append(self._share(account, unit, line_ids, weights, days))
        self._store_shares(shares)

    def _store_lines(self, accounts, buckets, measure):
        """Write the arrays of lines; return ``{computation id: (line ids, weights, days)}``, in their order.

        Weights are what the lines count, in units of the last decimal of the measure; days are ordinals, where
        several versions share the window.
        """
        # The windows of a run do not overlap: each is one bucket.
        numbers = [buckets.inside(account.window)[0] for account in accounts]
        by_version = any(len(account.pieces) > 1 for account in accounts)
        rows = self.env.execute_query(
            SQL(
                # All arrays of a computation are filled in one pass, so that a line has one place in each.
                # They come back as JSON, which is read ten times faster than arrays.
                """
                WITH kept AS (
                     SELECT line.dealer_id, line.bucket,
                            array_agg(line.line_id) AS line_ids, array_agg(line.amount) AS amounts,
                            array_agg((line.measure * %(scale)s)::bigint) AS weights,
                            array_agg(line.date) AS dates, array_agg(line.document) AS documents,
                            %(conversions)s AS conversions
                       FROM (%(lines)s) AS line
                   GROUP BY line.dealer_id, line.bucket
                )
                UPDATE dealer_rebate_computation computation
                   SET line_move_line_ids = kept.line_ids, line_weights = kept.weights, line_amounts = kept.amounts,
                       line_dates = kept.dates, line_documents = kept.documents, line_conversions = kept.conversions,
                       line_count = cardinality(kept.line_ids), line_places = %(places)s
                  FROM kept
                  JOIN unnest(%(ids)s::integer[], %(dealer_ids)s::integer[], %(numbers)s::integer[])
                       AS wanted(id, dealer_id, number)
                       ON wanted.dealer_id = kept.dealer_id AND wanted.number = kept.bucket
                 WHERE computation.id = wanted.id
             RETURNING computation.id, array_to_json(kept.line_ids)::text, array_to_json(kept.weights)::text,
                       %(days)s
                """,
                scale=10**measure.places,
                places=measure.places,
                conversions=SQL('array_agg((line.converted * %s)::bigint)', 10**measure.places)
                if measure.converts
                else SQL('NULL::bigint[]'),
                lines=measure.program._get_base_lines(self.dealer_id, buckets),
                ids=self.ids,
                dealer_ids=[account.dealer_id for account in accounts],
                numbers=numbers,
                days=SQL('array_to_json(kept.dates)::text') if by_version else SQL("'[]'"),
            )
        )
        self.invalidate_recordset(['line_count', 'line_places'])
        return {
            id_: (json.loads(line_ids), json.loads(weights), [date.fromisoformat(day) for day in json.loads(days)])
            for id_, line_ids, weights, days in rows
        }

    def _check_lines_add_up(self, account, weights, places):
        measured = sum((piece.figures.measure for piece in account.pieces), Decimal(0))
        if Decimal(sum(weights)).scaleb(-places) != measured:
            raise ValueError(f'The lines of {self} add up to {sum(weights)} and not to {measured}.')

    def _share(self, account, unit, line_ids, weights, days):
        """What each line has of what was earned, in units."""
        total = int(account.earned / unit)
        if not total:
            return [0] * len(line_ids)
        if len(account.pieces) == 1:
            return rebate.split_units(total, weights, line_ids)
        # Each version's lines share what its part of the window brought; where a part has no weight, all share.
        starts = [piece.span.date_from for piece in account.pieces]
        places = defaultdict(list)
        for place, day in enumerate(days):
            places[bisect_right(starts, day) - 1].append(place)
        whole = {n: sum(weights[place] for place in own) for n, own in places.items()}
        brought = {n: share for n, share in enumerate(account.shares) if share and whole.get(n, 0) > 0}
        if not brought:
            return rebate.split_units(total, weights, line_ids)
        parts = rebate.split(account.earned, brought.items(), unit)
        shares = [0] * len(line_ids)
        for n, amount in parts.items():
            own = places[n]
            split = rebate.split_units(
                int(amount / unit), [weights[place] for place in own], [line_ids[place] for place in own]
            )
            for place, share in zip(own, split, strict=True):
                shares[place] = share
        return shares

    def _store_shares(self, shares):
        """Write the array of shares of each computation."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE dealer_rebate_computation computation SET line_shares = kept.shares::bigint[]
                  FROM unnest(%s::integer[], %s::text[]) AS kept(id, shares)
                 WHERE computation.id = kept.id
                """,
                self.ids,
                [f'{{{",".join(map(str, each))}}}' for each in shares],
            )
        )
        self.invalidate_recordset(['line_ids'])
