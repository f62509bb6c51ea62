from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.misc import formatLang


class DealerComplaintWeek(models.AbstractModel):
    """The figures at the top of the Monday page."""

    _inherit = 'dealer.complaint.week'

    @api.model
    def _get_cards(self, weeks):
        """Each ``{'key', 'label', 'help', …}`` and what ``_make_figure`` says."""
        return [
            *self._get_flow_cards(weeks),
            *self._get_stock_cards(),
            *self._get_hours_cards(weeks),
            self._get_satisfaction_card(weeks),
            self._get_credit_card(weeks),
        ]

    @api.model
    def _get_flow_cards(self, weeks):
        base = self._get_base_domain()
        labels = {'new': self.env._('New complaints'), 'closed': self.env._('Closed complaints')}
        cards = []
        for key, domain, name, better in (
            ('new', base, 'date_received', -1),
            ('closed', base & Domain('state', '=', 'closed'), 'date_closed', 1),
        ):
            counts = [week.get((), [0])[0] for week in self._read_weeks('dealer.complaint', domain, name, weeks)]
            link = self._make_link(labels[key], domain & self._in_week(name, weeks[0]))
            cards.append({'key': key, 'label': labels[key], **self._make_figure(counts, link, better=better)})
        return cards

    @api.model
    def _get_open_domain(self):
        return self._get_base_domain() & Domain('is_open', '=', True)

    @api.model
    def _get_overdue_domain(self):
        """Open complaints of which one of our own deadlines has passed."""
        return self._get_open_domain() & Domain('next_due', '<', fields.Datetime.now())

    @api.model
    def _get_stock_cards(self):
        """What is as it is now, whichever week is shown."""
        labels = {'open': self.env._('Open now'), 'overdue': self.env._('Overdue now')}
        texts = {'open': self.env._('Neither closed nor withdrawn.'), 'overdue': self.env._('Past a deadline of ours.')}
        domains = {'open': self._get_open_domain(), 'overdue': self._get_overdue_domain()}
        cards = []
        for key, domain in domains.items():
            count = self.env['dealer.complaint'].search_count(domain)
            cards.append(
                {
                    'key': key,
                    'label': labels[key],
                    'value': count,
                    'text': self._format_number(count),
                    'trend': 'bad' if key == 'overdue' and count else 'same',
                    'link': self._make_link(labels[key], domain),
                    'help': texts[key],
                }
            )
        return cards

    @api.model
    def _get_hours_cards(self, weeks):
        base = self._get_base_domain()
        labels = {
            'first_reply': self.env._('Hours to the first reply'),
            'resolution': self.env._('Hours to the solution'),
        }
        moments = {'first_reply': 'date_first_reply', 'resolution': 'date_solved'}
        cards = []
        for key, moment in moments.items():
            means = self._read_means(base, moment, f'{key}_hours', weeks)
            link = self._make_link(labels[key], base & self._in_week(moment, weeks[0]))
            card = {'key': key, 'label': labels[key], **self._make_figure(means, link, digits=1, better=-1)}
            cards.append({**card, 'help': self.env._('Working hours, on average.')})
        return cards

    @api.model
    def _get_satisfaction_card(self, weeks):
        rated = self._get_base_domain() & Domain('rating_last_value', '>', 0)
        label = self.env._('Satisfaction')
        means = self._read_means(rated, 'date_confirmed', 'rating_last_value', weeks)
        link = self._make_link(label, rated & self._in_week('date_confirmed', weeks[0]))
        card = {'key': 'satisfaction', 'label': label, **self._make_figure(means, link, digits=1, better=1)}
        return {**card, 'help': self.env._('Stars from 1 to 5 that dealers gave when they confirmed.')}

    @api.model
    def _read_means(self, domain, moment, name, weeks):
        """The mean of a field in each week: of all its records, never of means of days; None of none."""
        found = self._read_weeks('dealer.complaint', domain, moment, weeks, aggregates=(f'{name}:sum', '__count'))
        sums = [week.get((), (0, 0)) for week in found]
        return [total / count if count else None for total, count in sums]

    @api.model
    def _get_credit_card(self, weeks):
        """What we owe dealers for deadlines that we missed in the week."""
        domain = Domain(
            [('company_id', '=', self.env.company.id), ('kind', '=', 'compensation'), ('state', '!=', 'cancelled')]
        ) & self._in_week('create_date', weeks[0])
        rows = self.env['dealer.complaint.outcome']._read_group(domain, ['currency_id'], ['amount:sum', '__count'])
        label = self.env._('Credits for our delays')
        amounts = [formatLang(self.env, amount, currency_obj=currency) for currency, amount, _count in rows]
        return {
            'key': 'credits',
            'label': label,
            'value': sum(count for _currency, _amount, count in rows),
            'text': ' + '.join(amounts) or self._format_number(0),
            'trend': 'bad' if rows else 'same',
            'link': self._make_link(label, domain, 'dealer.complaint.outcome'),
            'help': self.env._('Credited to dealers because we missed deadlines in this week.'),
        }
