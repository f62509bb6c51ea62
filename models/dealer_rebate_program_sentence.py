from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_date, format_list

from ..tools import rebate


class DealerRebateProgram(models.Model):
    """The whole program as prose, as it would stand in a contract.

    Built of whole sentences and clauses, each to be translated: no language has to follow the order of
    another one.
    """

    _inherit = 'dealer.rebate.program'

    sentence = fields.Html(
        'In Words', compute='_compute_sentence', compute_sudo=True, help='All that the program says, as prose.'
    )

    @api.depends(lambda self: (*self._get_checked_fields(), *self._get_spoken_part_fields()))
    @api.depends_context('lang')
    def _compute_sentence(self):
        for program in self:
            sentences = program._get_sentences()
            program.sentence = Markup().join(Markup('<p class="mb-1">%s</p>') % text for text in sentences) or False

    @api.model
    def _get_spoken_part_fields(self):
        """The fields of bands and conditions that the prose is made of."""
        parts = ('band_ids', 'condition_ids')
        for name in parts:
            for field in self.env[self._fields[name].comodel_name]._fields.values():
                if field.store and field.name not in ('program_id', *models.MAGIC_COLUMNS):
                    yield f'{name}.{field.name}'

    def _get_sentences(self):
        """The program in sentences of the user's language; none before it says when and how much."""
        self.ensure_one()
        if not (self.date_from and self.date_to and self.band_ids):
            return []
        return [
            *self._say_what(self._say_dealers()),
            *self._say_how_much(),
            *self._say_driver(),
            *self._say_limits(),
            *(self._say_condition(condition) for condition in self.condition_ids),
            *self._say_stack(),
            *self._say_payout(),
        ]

    # ------------------------------------------------------- Who earns on what

    def _say_what(self, dealers):
        values = {
            'first': self._format_day(self.date_from),
            'last': self._format_day(self.date_to),
            'dealers': dealers,
            'base': self._say_base(),
        }
        templates = {
            'month': self.env._('From %(first)s to %(last)s, every month, %(dealers)s earn on %(base)s.', **values),
            'quarter': self.env._('From %(first)s to %(last)s, every quarter, %(dealers)s earn on %(base)s.', **values),
            'half_year': self.env._(
                'From %(first)s to %(last)s, every half-year, %(dealers)s earn on %(base)s.', **values
            ),
            'year': self.env._('From %(first)s to %(last)s, every year, %(dealers)s earn on %(base)s.', **values),
            'whole': self.env._(
                'From %(first)s to %(last)s, %(dealers)s earn once, at the end, on %(base)s.', **values
            ),
        }
        yield templates[self.period]
        if self.is_cumulative:
            yield self.env._('Each period counts all since the first day, and pays what was not settled before.')
        if self.basis != 'cash':
            if self.exclude_special_prices and self.include_services:
                yield self.env._('Services count too; sales at special prices do not.')
            elif self.exclude_special_prices:
                yield self.env._('Sales at special prices do not count.')
            elif self.include_services:
                yield self.env._('Services and sales at special prices count too.')

    def _say_dealers(self):
        clauses = self._say_restrictions()
        if self.dealer_ids:
            clauses.insert(0, self.env._('named %s', self._list_names(self.dealer_ids, 'or')))
        if not clauses and not self.excluded_dealer_ids:
            return self.env._('all dealers')
        dealers = self.env._('dealers %(clauses)s', clauses=format_list(self.env, clauses)) if clauses else None
        if not self.excluded_dealer_ids:
            return dealers
        return self.env._(
            '%(dealers)s, except %(names)s,',
            dealers=dealers or self.env._('all dealers'),
            names=self._list_names(self.excluded_dealer_ids),
        )

    def _say_restrictions(self):
        """What kind of dealers the program is for, as clauses."""
        restrictions = [
            (self.grade_ids, lambda names: self.env._('of the tier %s', names)),
            (self.dealer_type_ids, lambda names: self.env._('of the type %s', names)),
            (self.territory_ids, lambda names: self.env._('with a grant in %s', names)),
        ]
        return [say(self._list_names(records, 'or')) for records, say in restrictions if records]

    def _say_base(self):
        base = self._say_measure()
        scope = [*self.category_ids.mapped('name'), *self.product_tmpl_ids.mapped('name')]
        excluded = [*self.excluded_category_ids.mapped('name'), *self.excluded_product_tmpl_ids.mapped('name')]
        values = {
            'base': base,
            'scope': format_list(self.env, scope),
            'excluded': format_list(self.env, excluded),
        }
        if scope and excluded:
            return self.env._('%(base)s for %(scope)s except %(excluded)s', **values)
        if scope:
            return self.env._('%(base)s for %(scope)s', **values)
        return self.env._('%(base)s for all products except %(excluded)s', **values) if excluded else base

    def _say_measure(self):
        unit = self.uom_id.name or ''
        if self.basis == 'cash':
            return self.env._('the payments received')
        return {
            'invoiced amount': self.env._('the untaxed amount invoiced'),
            'invoiced quantity': self.env._('the quantity (%s) invoiced', unit),
            'invoiced weight': self.env._('the weight invoiced'),
            'paid amount': self.env._('the untaxed amount invoiced and fully paid'),
            'paid quantity': self.env._('the quantity (%s) invoiced and fully paid', unit),
            'paid weight': self.env._('the weight invoiced and fully paid'),
        }[f'{self.basis} {self.measure}']

    # --------------------------------------------------------------- How much

    def _say_how_much(self):
        bands = self.band_ids.sorted('threshold')
        if len(bands) == 1 and not bands.threshold and self.driver == rebate.MEASURE:
            yield self.env._('They get %s.', self._say_reward(bands))
            return
        told = format_list(self.env, [self._say_band(band) for band in bands])
        yield {
            (False, rebate.RETROACTIVE): self.env._('They get %s: the band reached applies to everything.', told),
            (False, rebate.MARGINAL): self.env._('They get %s: each band applies to its own slice.', told),
            (False, rebate.ROLLING): self.env._('They get %s: each band reached applies up to the next one.', told),
            (False, rebate.TOTAL): self.env._('They get %s: all bands reached add up, each on everything.', told),
            (True, rebate.RETROACTIVE): self.env._('They get %s: the highest band reached is paid.', told),
            (True, rebate.TOTAL): self.env._('They get %s: all bands reached are added up.', told),
        }.get((self.reward == rebate.FIXED, self.application), told)

    def _say_band(self, band):
        sales = self.driver == rebate.MEASURE
        threshold = self._say_number(band.threshold) if sales else self._say_percent(band.threshold)
        values = {'threshold': threshold, 'reward': self._say_reward(band)}
        return {
            (rebate.MEASURE, rebate.INCLUSIVE): self.env._('%(reward)s from %(threshold)s', **values),
            (rebate.MEASURE, rebate.STRICT): self.env._('%(reward)s above %(threshold)s', **values),
            (rebate.GROWTH, rebate.INCLUSIVE): self.env._('%(reward)s from a growth of %(threshold)s', **values),
            (rebate.GROWTH, rebate.STRICT): self.env._('%(reward)s above a growth of %(threshold)s', **values),
            (rebate.ATTAINMENT, rebate.INCLUSIVE): self.env._('%(reward)s from %(threshold)s of the target', **values),
            (rebate.ATTAINMENT, rebate.STRICT): self.env._('%(reward)s above %(threshold)s of the target', **values),
            (rebate.MIX, rebate.INCLUSIVE): self.env._('%(reward)s from a share of %(threshold)s', **values),
            (rebate.MIX, rebate.STRICT): self.env._('%(reward)s above a share of %(threshold)s', **values),
        }[self.driver, self.edge]

    def _say_reward(self, band):
        if self.reward == rebate.FREE_GOODS:
            return self.env._(
                '%(free)s free for each %(buy)s',
                free=self._say_number(band.free_quantity),
                buy=self._say_number(band.buy_quantity),
            )
        money = self._say_money(band.amount)
        if self.reward == rebate.PER_UNIT and self.measure == 'quantity':
            return self.env._('%s per unit', money)
        if self.reward == rebate.PER_UNIT:
            return self.env._('%(amount)s per %(unit)s', amount=money, unit=self._get_measure_unit())
        reward = money if self.reward == rebate.FIXED else self._say_percent(band.rate)
        if not band.has_excess_rate:
            return reward
        return self.env._(
            '%(reward)s (%(rate)s on the part above)', reward=reward, rate=self._say_percent(band.excess_rate)
        )

    def _say_driver(self):
        """What the bands look at, where that is not the sales themselves."""
        if self.driver == rebate.GROWTH:
            if self.growth_increment_only:
                yield self.env._('It is paid on what was gained over the same time of the year before, no more.')
            yield {
                rebate.NOT_ELIGIBLE: self.env._('Dealers without sales the year before earn nothing.'),
                rebate.NEW_DEALER: self.env._(
                    'Dealers without sales the year before earn %s of everything.',
                    self._say_percent(self.growth_new_dealer_rate),
                ),
                rebate.BASELINE: self.env._(
                    'Dealers without sales the year before are compared with %s.',
                    self._say_number(self.growth_baseline),
                ),
            }[self.growth_without_prior]
        elif self.driver == rebate.ATTAINMENT:
            target = self._say_number(self.target)
            if self.target and self.target_ids:
                yield self.env._('The target of a period is %s, where a dealer has none of its own.', target)
            elif self.target:
                yield self.env._('The target of a period is %s.', target)
            else:
                yield self.env._('Each dealer has a target of its own.')
        elif self.driver == rebate.MIX:
            products = self._list_products(self.mix_category_ids, self.mix_product_tmpl_ids)
            yield self.env._('The share is that of %s in all that counts.', products)

    # ------------------------------------------------------------- In the words

    def _list_names(self, records, style='standard'):
        return format_list(self.env, records.mapped('name'), style)

    def _list_products(self, categories, templates):
        return format_list(self.env, [*categories.mapped('name'), *templates.mapped('name')])

    @api.model
    def _format_day(self, day):
        return format_date(self.env, day, date_format='long')

    @api.model
    def _say_number(self, value):
        """As many decimals as the number has, grouped as the user's language does."""
        return self._format_number(value, more=4)

    @api.model
    def _say_percent(self, value):
        return self.env._('%(number)s %%', number=self._say_number(value))

    def _say_money(self, value):
        """By the currency's code: in a contract, a symbol would have to be told from others."""
        return self.env._('%(currency)s %(amount)s', currency=self.currency_id.name, amount=self._say_number(value))
