from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .dealer_authorization_coverage import TERRITORY_VERDICTS, VIOLATIONS, Case


class Verdict(NamedTuple):
    """What is said of an order line: where its goods go, by which grant, or against which."""

    territory_verdict: str | bool
    territory_id: int | bool
    authorization_id: int | bool


class SaleOrderLine(models.Model):
    """Each line of an order is judged: may its goods go where they go?

    * ``authorized``: by a grant of the dealer who buys, or of one that supplies it;
    * ``exclusive``: another dealer's exclusive area (or sole, if a dealer buys);
    * ``no_grant``: a dealer buys, and holds no grant for it;
    * ``open``: somebody buys who is no dealer, where no dealer holds an exclusive grant.
    """

    _inherit = 'sale.order.line'

    territory_verdict = fields.Selection(
        TERRITORY_VERDICTS,
        'Authorization',
        readonly=True,
        copy=False,
    )
    territory_id = fields.Many2one('dealer.territory', readonly=True, copy=False, index='btree_not_null')
    authorization_id = fields.Many2one(
        'dealer.authorization',
        'Grant',
        readonly=True,
        copy=False,
        index='btree_not_null',
        ondelete='restrict',
        groups='dealer_management.group_dealer_access',
        help='The grant by which the goods go there, or against which.',
    )

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_verdict_not_written(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_verdict_not_written(vals)
        return super().write(vals)

    @api.model
    def _check_verdict_not_written(self, vals):
        if not self.env.su and not vals.keys().isdisjoint({'territory_verdict', 'territory_id', 'authorization_id'}):
            raise AccessError(self.env._('The verdict on an order line is found, not written.'))

    def _check_dealer_may_order(self):
        result = super()._check_dealer_may_order()
        self._filter_ordered()._enforce_territory()
        return result

    # ---------------------------------------------------------------- Judging

    def _judge_territory(self, today=False, address=None):
        """Judge these lines.

        An order is judged by its own day. Whoever is no channel manager cannot choose the day: a change
        that is made on another day has to be in order on both.

        :param bool today: judge as if ordered today
        :param address: the contact that the goods go to; each order's delivery address unless given
        :return: ``{line: Verdict}``, without the lines of companies and tiers that do not judge
        """
        verdicts = {}
        for company, lines in self._filter_judged().grouped('company_id').items():
            judged = lines.filtered(lambda line: line.order_id._get_territory_policy() != 'off')
            if judged:
                verdicts.update(judged._judge_territory_of_company(company.sudo(), today, address))
        return verdicts

    def _filter_judged(self):
        """The lines that move goods: ordered, or delivered beyond what was ordered."""
        return self.filtered(
            lambda line: (
                line.product_id and (line.product_uom_qty > 0 or line.qty_delivered) and not line._is_side_line()
            )
        )

    def _judge_territory_of_company(self, company, today, address):
        territories = self.env['dealer.territory']
        # Whoever confirms need not be allowed to read contacts, territories and grants.
        lines = self.sudo()
        keys = {
            order: territories._get_address_key(address.sudo() if address else order.partner_shipping_id, company)
            for order in lines.order_id
        }
        found = territories.env['dealer.territory.area'].sudo()._find_territories(company.root_id, list(keys.values()))
        chains = {order: order._get_authorized_dealers() for order in keys}
        present = company._get_dealer_date()
        may_choose = self.env.su or self.env.user.has_group('dealer_management.group_dealer_manager')
        cases = {}
        for line in lines:
            order = line.order_id
            if keys[order] in found:
                day = present if today else company._get_dealer_date(order.date_order)
                cases[line] = [
                    Case(
                        found[keys[order]][1],
                        self.env['dealer.authorization']._get_product_path(line.product_id.product_tmpl_id),
                        order.dealer_channel_id.id or None,
                        judged_day,
                    )
                    for judged_day in dict.fromkeys([day] if may_choose else [day, present])
                ]
        holders = self.env['dealer.authorization']._find_holders(
            company,
            {case for asked in cases.values() for case in asked},
            self.env['res.partner'].union(*(chain for order_chains in chains.values() for chain in order_chains)),
        )
        verdicts = {}
        for line in lines:
            territory_id = found.get(keys[line.order_id], (False,))[0]
            given = [
                self._decide(holders.get(case, ()), chain, territory_id)
                for case in cases.get(line, [None])
                for chain in chains[line.order_id]
            ]
            verdicts[line.with_env(self.env)] = next(
                (verdict for verdict in given if verdict.territory_verdict in VIOLATIONS), given[0]
            )
        return verdicts

    @api.model
    def _decide(self, holders, chain, territory_id):
        """The verdict on goods for which ``holders`` hold grants, bought by the first dealer of ``chain``."""
        own = sorted(
            (holder for holder in holders if holder.dealer_id in chain.ids),
            key=lambda holder: (not holder.by_channel, chain.ids.index(holder.dealer_id)),
        )
        if own and own[0].by_channel:
            return Verdict('authorized', territory_id, own[0].grant_id)
        # A sole grant keeps other dealers out, not ourselves.
        closed = [
            holder
            for holder in holders
            if holder.dealer_id not in chain.ids and (holder.kind == 'exclusive' or (holder.kind == 'sole' and chain))
        ]
        # Where the order names no channel, it must be nobody else's by any channel.
        if closed:
            return Verdict('exclusive', territory_id, closed[0].grant_id)
        if own:
            return Verdict('authorized', territory_id, own[0].grant_id)
        return Verdict('no_grant' if chain else 'open', territory_id, False)

    # -------------------------------------------------------------- Enforcing

    def _enforce_territory(self, verdicts=None, address=None):
        """Judge these lines and keep the verdicts; refuse what the company's rule refuses.

        :param dict verdicts: what ``_judge_territory`` said, if it was asked already
        :param address: see ``_judge_territory``
        :raise UserError: with the reason
        """
        if verdicts is None:
            verdicts = self._judge_territory(address=address)
        if message := self._get_territory_refusal(verdicts, address):
            raise UserError(message)
        self._keep_verdicts(verdicts)

    @api.model
    def _get_territory_refusal(self, verdicts, address=None):
        """Why orders with these verdicts are refused, as a sentence, or False."""
        violating = self.browse().union(
            *(line for line, verdict in verdicts.items() if verdict.territory_verdict in VIOLATIONS)
        )
        for order, lines in violating.grouped('order_id').items():
            policy = order._get_territory_policy()
            if policy == 'approval':
                refused = self.env['dealer.territory.exception']._filter_not_approved(lines, verdicts, address)
            else:
                refused = lines if policy == 'block' else lines.browse()
            if refused:
                return order._describe_territory_violation(refused, verdicts, policy)
        return False

    def _keep_verdicts(self, verdicts):
        """Store the verdicts on the lines, for proof; tell those who follow an order that was only warned of."""
        news = self.browse()
        for verdict in set(verdicts.values()):
            # A verdict is found by this rule, and nobody has the right to write it.
            lines = self.browse().union(*(line for line, given in verdicts.items() if given == verdict)).sudo()
            changed = lines.filtered(
                lambda line, verdict=verdict: (
                    (line.territory_verdict, line.territory_id.id, line.authorization_id.id) != tuple(verdict)
                )
            )
            if changed:
                changed.write(verdict._asdict())
                if verdict.territory_verdict in VIOLATIONS:
                    news |= changed
        for order, lines in news.with_env(self.env).grouped('order_id').items():
            if order._get_territory_policy() == 'warn':
                # Whoever delivers need not be allowed to write on the order.
                order.sudo().message_post(body=order._describe_territory_violation(lines, verdicts, 'warn'))
