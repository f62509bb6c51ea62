from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from .dealer_complaint_week import LONG_DAYS

# Rows of a table, at most.
MOST_ROWS = 10
# A dealer with fewer deliveries is not compared: one complaint would make it the worst.
FEWEST_DELIVERIES = 5


class DealerComplaintWeek(models.AbstractModel):
    """The tables of the Monday page.

    A row is ``{'label', 'link', 'cells': [{'text', …}]}``; a cell may carry a link of its own, a share (0 to 100, drawn as a
    bar) or a tone ('bad', 'good').
    """

    _inherit = 'dealer.complaint.week'

    @api.model
    def _get_tables(self, weeks):
        return [
            self._get_worst_table(),
            self._get_people_table(),
            self._get_deadline_table(weeks),
            self._get_type_table(weeks),
            self._get_cause_table(weeks),
            self._get_product_table(weeks),
            self._get_lot_table(weeks),
            self._get_dealer_table(weeks),
        ]

    @api.model
    def _make_table(self, key, title, columns, rows, words=1, note='', empty=''):
        """A table.

        :param words: how many of the first columns hold words; those after them hold numbers
        """
        columns = [{'text': column, 'number': index >= words} for index, column in enumerate(columns)]
        return {'key': key, 'title': title, 'note': note, 'columns': columns, 'rows': rows, 'empty': empty}

    # ------------------------------------------------------------------ Now

    @api.model
    def _get_worst_table(self):
        """The complaints that wait longest for us, the oldest first."""
        domain = self._get_open_domain() & Domain('state', 'in', ('received', 'analysed', 'solved'))
        complaints = self.env['dealer.complaint'].search(domain, order='date_received, id', limit=MOST_ROWS)
        now = fields.Datetime.now()
        rows = []
        for complaint in complaints:
            due = complaint.next_due
            waits = complaint.waiting_since and self.env._('waits for the dealer')
            rows.append(
                {
                    'label': complaint.title,
                    'note': complaint.name,
                    'link': {'name': complaint.name, 'res_model': complaint._name, 'res_id': complaint.id},
                    'cells': [
                        {'text': self._name_of(complaint.dealer_id)},
                        {'text': self._name_of(complaint.user_id) if complaint.user_id else self.env._('Nobody')},
                        {
                            'text': waits or (due and format_date(self.env, due)) or '–',
                            'tone': 'bad' if due and due < now else '',
                        },
                        {'text': self._format_number((now - complaint.date_received).days)},
                    ],
                }
            )
        return self._make_table(
            'worst',
            self.env._('Waiting longest'),
            [
                self.env._('Complaint'),
                self.env._('Dealer'),
                self.env._('Assigned to'),
                self.env._('Due by'),
                self.env._('Days waiting'),
            ],
            rows,
            words=4,
            empty=self.env._('Nothing waits for us.'),
        )

    @api.model
    def _get_people_table(self):
        """Open and overdue complaints by team and person, the most overdue first."""
        groupby = ['team_id', 'user_id']
        read_group = self.env['dealer.complaint']._read_group
        overdue = {
            (team, user): count for team, user, count in read_group(self._get_overdue_domain(), groupby, ['__count'])
        }
        rows = []
        for team, user, count in read_group(self._get_open_domain(), groupby, ['__count']):
            late = overdue.get((team, user), 0)
            person = self._name_of(user) if user else self.env._('Nobody')
            mine = Domain([('team_id', '=', team.id), ('user_id', '=', user.id)])
            rows.append(
                {
                    'label': person,
                    'late': late,
                    'link': self._make_link(person, self._get_open_domain() & mine),
                    'cells': [
                        {'text': self._name_of(team) if team else '–'},
                        {
                            'text': self._format_number(count),
                            'link': self._make_link(person, self._get_open_domain() & mine),
                        },
                        {
                            'text': self._format_number(late),
                            'tone': 'bad' if late else '',
                            'link': self._make_link(person, self._get_overdue_domain() & mine),
                        },
                    ],
                }
            )
        rows.sort(key=lambda row: -row.pop('late'))
        return self._make_table(
            'people',
            self.env._('Who has what open'),
            [self.env._('Assigned to'), self.env._('Team'), self.env._('Still open'), self.env._('Overdue')],
            rows,
            words=2,
            empty=self.env._('Nothing is open.'),
        )

    # ------------------------------------------------------------- Last week

    @api.model
    def _get_deadline_table(self, weeks):
        """The share of deadlines met, of those that fell due in a week."""
        model = 'dealer.deadline.report'
        domain = Domain([('company_id', '=', self.env.company.id), ('result', 'in', ('met', 'breached'))])
        found = self._read_weeks(model, domain, 'due', weeks, ('party', 'kind'), ('met_count:sum', 'missed_count:sum'))
        kinds = dict(self.env[model]._fields['kind']._description_selection(self.env))
        parties = {'us': self.env._('We'), 'dealer': self.env._('Dealers')}
        rows = []
        for party, kind in sorted(
            set().union(*found), key=lambda pair: (pair[0] == 'dealer', list(kinds).index(pair[1]))
        ):
            met, missed = zip(*(week.get((party, kind), (0, 0)) for week in found), strict=True)
            shares = [self._get_percent(good, good + bad) for good, bad in zip(met, missed, strict=True)]
            mine = domain & Domain([('party', '=', party), ('kind', '=', kind)]) & self._in_week('due', weeks[0])
            figure = self._make_figure(shares, digits=0, better=1, suffix=' %')
            rows.append(
                {
                    'label': kinds[kind],
                    'link': self._make_link(kinds[kind], mine, model),
                    'cells': [
                        {'text': parties[party]},
                        {'text': figure['text'], 'share': shares[0], 'tone': figure['trend']},
                        {'text': figure['before']},
                        {'text': figure['usual']},
                        {
                            'text': self._format_number(missed[0]),
                            'tone': 'bad' if missed[0] else '',
                            'link': self._make_link(kinds[kind], mine & Domain('result', '=', 'breached'), model),
                        },
                    ],
                }
            )
        return self._make_table(
            'deadlines',
            self.env._('Deadlines met'),
            [
                self.env._('Target'),
                self.env._('Whose'),
                self.env._('Met'),
                self.env._('Week before'),
                self.env._('Usual'),
                self.env._('Missed'),
            ],
            rows,
            words=2,
            note=self.env._('Of those that fell due in the week.'),
            empty=self.env._('No deadline fell due.'),
        )

    @api.model
    def _get_type_table(self, weeks):
        base = self._get_base_domain()
        found = self._read_weeks('dealer.complaint', base, 'date_received', weeks, ('type_id',))
        rows = []
        for (kind,) in sorted(set().union(*found), key=lambda group: (-found[0].get(group, [0])[0], group[0].id)):
            counts = [week.get((kind,), [0])[0] for week in found]
            figure = self._make_figure(counts, better=-1)
            name = self._name_of(kind)
            link = self._make_link(
                name, base & Domain('type_id', '=', kind.id) & self._in_week('date_received', weeks[0])
            )
            cells = [
                {'text': figure['text'], 'tone': figure['trend'], 'link': link},
                {'text': figure['before']},
                {'text': figure['usual']},
            ]
            rows.append({'label': name, 'link': link, 'cells': cells})
        return self._make_table(
            'types',
            self.env._('New by type'),
            [self.env._('Type'), self.env._('Last week'), self.env._('Week before'), self.env._('Usual')],
            rows,
            empty=self.env._('No complaints came in.'),
        )

    # ---------------------------------------------------------- Last 90 days

    @api.model
    def _get_long_domain(self, weeks, name='date_received'):
        """Of the 90 days up to the end of the week; what was withdrawn is no complaint."""
        start = weeks[0].stop - timedelta(days=LONG_DAYS)
        return Domain([(name, '>=', start), (name, '<', weeks[0].stop), ('state', '!=', 'cancelled')])

    @api.model
    def _get_long_note(self):
        return self.env._('In the last %s days.', LONG_DAYS)

    @api.model
    def _get_cause_table(self, weeks):
        """Pareto: causes from the most frequent on, and how much they make together."""
        domain = self._get_base_domain() & self._get_long_domain(weeks) & Domain('cause_id', '!=', False)
        groups = self.env['dealer.complaint']._read_group(
            domain, ['cause_id'], ['__count'], order='__count DESC, cause_id'
        )
        whole = sum(count for _cause, count in groups)
        rows, so_far = [], 0
        for cause, count in groups:
            so_far += count
            name = self._name_of(cause)
            link = self._make_link(name, domain & Domain('cause_id', '=', cause.id))
            together = self._get_percent(so_far, whole)
            cells = [
                {'text': self._format_number(count), 'link': link},
                {'text': self._format_number(self._get_percent(count, whole), suffix=' %')},
                {'text': self._format_number(together, suffix=' %'), 'share': together},
            ]
            rows.append({'label': name, 'link': link, 'cells': cells})
        return self._make_table(
            'causes',
            self.env._('Root causes'),
            [self.env._('Root cause'), self.env._('Complaints'), self.env._('Share of all'), self.env._('Together')],
            rows,
            note=self._get_long_note(),
            empty=self.env._('No root cause is known yet.'),
        )

    @api.model
    def _get_rate_table(self, weeks, name, having, order):
        """Rows of complaints beside deliveries by the field ``name`` of the analysis."""
        model = 'dealer.complaint.report'
        # Deliveries have no state: "other than withdrawn" alone would leave them out.
        domain = Domain(
            [
                ('company_id', '=', self.env.company.id),
                ('date', '>=', weeks[0].stop - timedelta(days=LONG_DAYS)),
                ('date', '<', weeks[0].stop),
                (name, '!=', False),
            ]
        ) & (Domain('kind', '=', 'delivery') | Domain('state', '!=', 'cancelled'))
        groups = self.env[model]._read_group(
            domain,
            [name],
            ['complaint_count:sum', 'delivery_count:sum', 'per_hundred:avg'],
            having=having,
            order=order,
            limit=MOST_ROWS,
        )
        rows = []
        for record, complaints, deliveries, rate in groups:
            label = self._name_of(record)
            mine = domain & Domain(name, '=', record.id)
            rows.append(
                {
                    'label': label,
                    'link': self._make_link(label, mine, model),
                    'cells': [
                        {
                            'text': self._format_number(complaints),
                            'link': self._make_link(label, mine & Domain('kind', '=', 'complaint'), model),
                        },
                        {
                            'text': self._format_number(deliveries),
                            # A delivery has a row for each product: by number, there are as many as it says.
                            'link': {
                                **self._make_link(label, mine & Domain('kind', '=', 'delivery'), model),
                                'context': {'group_by': ['document']},
                            },
                        },
                        {'text': self._format_number(rate if deliveries else None, 1)},
                    ],
                }
            )
        return rows

    @api.model
    def _get_product_table(self, weeks):
        rows = self._get_rate_table(
            weeks, 'product_id', [('complaint_count:sum', '>', 0)], 'complaint_count:sum DESC, product_id'
        )
        return self._make_table(
            'products',
            self.env._('Products complained about most'),
            [
                self.env._('Product'),
                self.env._('Complaints'),
                self.env._('Deliveries'),
                self.env._('Per 100'),
            ],
            rows,
            note=self._get_long_note(),
            empty=self.env._('No product was complained about.'),
        )

    @api.model
    def _get_lot_table(self, weeks):
        domain = self._get_base_domain() & self._get_long_domain(weeks) & Domain('lot_name', '!=', False)
        groups = self.env['dealer.complaint']._read_group(
            domain,
            ['product_id', 'lot_name'],
            ['__count', 'dealer_id:count_distinct'],
            order='__count DESC, lot_name',
            limit=MOST_ROWS,
        )
        rows = []
        for product, lot, count, dealers in groups:
            link = self._make_link(lot, domain & Domain([('product_id', '=', product.id), ('lot_name', '=', lot)]))
            cells = [
                {'text': self._name_of(product) if product else '–'},
                {'text': self._format_number(count), 'link': link},
                {'text': self._format_number(dealers)},
            ]
            rows.append({'label': lot, 'link': link, 'cells': cells})
        return self._make_table(
            'lots',
            self.env._('Lots complained about most'),
            [self.env._('Lot'), self.env._('Product'), self.env._('Complaints'), self.env._('Dealers')],
            rows,
            words=2,
            note=self._get_long_note(),
            empty=self.env._('No lot was complained about.'),
        )

    @api.model
    def _get_dealer_table(self, weeks):
        rows = self._get_rate_table(
            weeks,
            'dealer_id',
            [('complaint_count:sum', '>', 0), ('delivery_count:sum', '>=', FEWEST_DELIVERIES)],
            'per_hundred:avg DESC, dealer_id',
        )
        return self._make_table(
            'dealers',
            self.env._('Dealers with most complaints per 100 deliveries'),
            [
                self.env._('Dealer'),
                self.env._('Complaints'),
                self.env._('Deliveries'),
                self.env._('Per 100'),
            ],
            rows,
            note=self.env._(
                'In the last %(days)s days, of dealers with %(deliveries)s deliveries or more.',
                days=LONG_DAYS,
                deliveries=FEWEST_DELIVERIES,
            ),
            empty=self.env._('No dealer with enough deliveries has complained.'),
        )
