from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools.sql import column_exists, create_column

from .arguments import read_record
from .dealer_authorization_coverage import VIOLATIONS


class TerritoryJudgement:
    """What was said of the lines of quotations on their way to confirmation.

    Travels in the context from the question whether they may be confirmed to their confirmation:
    an object of our own, which no caller from outside can make up.
    """

    def __init__(self, orders, verdicts):
        self.facts = {order.id: order._get_judged_facts() for order in orders}
        self.verdicts = verdicts

    def get_verdicts(self, orders):
        """The verdicts on the lines of ``orders``, or None if one was not judged, or is another by now."""
        if any(self.facts.get(order.id) != order._get_judged_facts() for order in orders):
            return None
        return {
            line.with_env(orders.env): verdict
            for line, verdict in self.verdicts.items()
            if line.order_id.id in orders._ids
        }


class SaleOrder(models.Model):
    """No order slips past a territory: see ``sale.order.line``."""

    _inherit = 'sale.order'

    dealer_channel_id = fields.Many2one(
        'dealer.channel',
        'Channel',
        compute='_compute_dealer_channel_id',
        store=True,
        readonly=False,
        precompute=True,
        ondelete='restrict',
        help='By which channel the goods reach their users; the type of dealer proposes it.',
    )
    territory_exception_ids = fields.One2many(
        'dealer.territory.exception',
        'order_id',
        'Territory Exceptions',
        groups='sales_team.group_sale_salesman,dealer_management.group_dealer_access',
    )
    # Computed in sudo: whoever may read orders, such as warehouse and accounting, may read these.
    territory_exception_count = fields.Integer(compute='_compute_territory_exception_count', compute_sudo=True)
    territory_warning = fields.Text(compute='_compute_territory_warning', compute_sudo=True)
    territory_approval_needed = fields.Boolean(compute='_compute_territory_warning', compute_sudo=True)
    territory_approval_pending = fields.Boolean(compute='_compute_territory_exception_count', compute_sudo=True)

    def _auto_init(self):
        # The orders of the years before have no channel: nobody knows it, and it is not worked out for each.
        if not column_exists(self.env.cr, 'sale_order', 'dealer_channel_id'):
            create_column(self.env.cr, 'sale_order', 'dealer_channel_id', 'int4')
        return super()._auto_init()

    @api.depends('partner_id')
    def _compute_dealer_channel_id(self):
        for order in self:
            # The type of a dealer is not everybody's to read.
            order.dealer_channel_id = order.partner_id.sudo().commercial_partner_id.dealer_type_id.channel_id

    @api.depends('territory_exception_ids.state')
    def _compute_territory_exception_count(self):
        for order in self:
            order.territory_exception_count = len(order.territory_exception_ids)
            order.territory_approval_pending = 'requested' in order.territory_exception_ids.mapped('state')

    @api.depends('partner_id', 'partner_shipping_id', 'dealer_channel_id', 'order_line.product_id', 'state')
    def _compute_territory_warning(self):
        """What would be said if the quotation were confirmed today."""
        self.territory_warning = False
        self.territory_approval_needed = False
        open_orders = self.filtered(lambda order: order.state in ('draft', 'sent') and order._origin)
        verdicts = open_orders.order_line._judge_territory(today=True)
        for order in open_orders:
            lines = order.order_line.filtered(
                lambda line: line in verdicts and verdicts[line].territory_verdict in VIOLATIONS
            )
            policy = order._get_territory_policy()
            if lines and policy == 'approval':
                lines = self.env['dealer.territory.exception']._filter_not_approved(lines, verdicts)
            if lines:
                order.territory_warning = order._describe_territory_violation(lines, verdicts, policy)
                order.territory_approval_needed = policy == 'approval'

    # ------------------------------------------------------------------- Rule

    def _get_territory_policy(self):
        """``off``, ``warn``, ``approval`` or ``block``: the rule of the dealer's tier, else the company's."""
        self.ensure_one()
        # Whoever confirms need not be allowed to read contacts and tiers.
        order = self.sudo()
        buyer = order._get_buying_dealers()[:1]
        # A branch keeps the rule of the company whose territories they are.
        return buyer.grade_id.territory_policy or order.company_id.root_id.dealer_territory_policy

    def _get_buying_dealers(self):
        """The dealers who buy, in sudo: the customer's, or else those who pay for it.

        Who only gets the goods does not buy them: a delivery to a dealer's address is no order of
        that dealer's.
        """
        order = self.sudo()
        return order.partner_id._get_dealers_above() or order.partner_invoice_id._get_dealers_above()

    def _get_authorized_dealers(self):
        """For each dealer who has to be entitled, the dealers under whose grants it sells, itself first, in sudo.

        A dealer who pays for another's order, and is not one of its chain, has to be entitled as well:
        it could borrow the other's name.
        """
        buyers = self._get_buying_dealers()
        chains = [buyers._get_dealer_chain(buyers)]
        payers = self.sudo().partner_invoice_id._get_dealers_above()
        paying = payers._get_dealer_chain(payers)
        if buyers and payers and not (payers & chains[0] or buyers & paying):
            chains.append(paying)
        return chains

    # ------------------------------------------------------------------- CRUD

    def write(self, vals):
        watched = {
            'state',
            'partner_id',
            'partner_invoice_id',
            'partner_shipping_id',
            'dealer_channel_id',
            'date_order',
            'company_id',
        }
        if vals.keys().isdisjoint(watched):
            return super().write(vals)
        before = {order: order._get_territory_facts() for order in self}
        result = super().write(vals)
        changed = self.filtered(lambda order: order.state == 'sale' and order._get_territory_facts() != before[order])
        if changed:
            judgement = self.env.context.get('territory_judgement')
            verdicts = judgement.get_verdicts(changed) if isinstance(judgement, TerritoryJudgement) else None
            changed.order_line._enforce_territory(verdicts)
        return result

    def _get_territory_facts(self):
        """What of the order itself decides where its goods may go."""
        self.ensure_one()
        return (
            self.state == 'sale',
            *self._get_judged_facts()[:-1],
            self.state == 'sale' and self.company_id.sudo()._get_dealer_date(self.date_order),
        )

    def _get_judged_facts(self):
        """What a judgement of the order rests on, its day aside; the lines come last."""
        self.ensure_one()
        return (
            self.partner_id.id,
            self.partner_invoice_id.id,
            self.partner_shipping_id.id,
            self.dealer_channel_id.id,
            self.company_id.id,
            tuple((line.id, line.product_id.id, line.product_uom_qty) for line in self.order_line),
        )

    # ----------------------------------------------------------- Confirmation

    def action_confirm(self):
        """Judge all orders at once, before any of them changes."""
        verdicts = self.order_line._judge_territory(today=True)
        judgement = TerritoryJudgement(self, verdicts)
        return super(SaleOrder, self.with_context(territory_judgement=judgement)).action_confirm()

    def _get_channel_refusal(self):
        return super()._get_channel_refusal() or self._get_territory_refusal()

    def _get_territory_refusal(self):
        """Why this quotation cannot be confirmed where it goes, as a sentence, or False."""
        self.ensure_one()
        judgement = self.env.context.get('territory_judgement')
        verdicts = judgement.get_verdicts(self) if isinstance(judgement, TerritoryJudgement) else None
        if verdicts is None:
            verdicts = self.order_line._judge_territory(today=True)
        return self.order_line._get_territory_refusal(verdicts)

    # --------------------------------------------------------------- Sentences

    def _describe_territory_violation(self, lines, verdicts, policy):
        """Say what is wrong with ``lines``, and what to do, to whoever is at work.

        A dealer is not told who the other is.
        """
        self.ensure_one()
        sentences = []
        for verdict in dict.fromkeys(verdicts[line] for line in lines):
            of_verdict = lines.filtered(lambda line, verdict=verdict: verdicts[line] == verdict)
            goods = self.env._(', ').join(of_verdict.product_id.mapped('display_name'))
            if self._is_told_to_staff():
                sentences.append(self._describe_to_staff(verdict, goods))
            elif verdict.territory_verdict == 'exclusive':
                sentences.append(
                    self.env._(
                        'The delivery address lies in an area that is reserved to another dealer for: %s.', goods
                    )
                )
            else:
                sentences.append(self.env._('The delivery address lies outside your authorization for: %s.', goods))
        sentences.append(self._describe_territory_remedy(policy))
        return ' '.join(filter(None, sentences))

    @api.model
    def _is_told_to_staff(self):
        """Whether the one who asks is one of us: in the portal it is the visitor, not the superuser at work."""
        user = request.env.user if request and request.env else self.env.user
        return user._is_internal()

    def _describe_to_staff(self, verdict, goods):
        # Staff are told who holds the area, whether they may read the grant or not.
        territory = self.env['dealer.territory'].sudo().browse(verdict.territory_id)
        grant = self.env['dealer.authorization'].sudo().browse(verdict.authorization_id)
        buyer = self._get_buying_dealers()[:1]
        if verdict.territory_verdict == 'exclusive':
            return self.env._(
                '%(goods)s would go to "%(territory)s", which another dealer holds: %(grant)s.',
                goods=goods,
                territory=territory.with_env(self.env).sudo().display_name,
                grant=grant.with_env(self.env).sudo()._describe(),
            )
        if territory:
            return self.env._(
                'The dealer "%(dealer)s" holds no grant for %(goods)s in "%(territory)s".',
                dealer=buyer.display_name,
                goods=goods,
                territory=territory.display_name,
            )
        return self.env._(
            'The delivery address of %(order)s lies in no territory, so the dealer "%(dealer)s" holds no grant for'
            ' %(goods)s there.',
            order=self.name,
            dealer=buyer.display_name,
            goods=goods,
        )

    @api.model
    def _describe_territory_remedy(self, policy):
        if not self._is_told_to_staff():
            return policy != 'warn' and self.env._('Please ask your channel account manager.')
        return {
            'warn': False,
            'approval': self.env._('A channel manager has to approve it: use "Ask for Approval" on the order.'),
            'block': self.env._('Such an order is not accepted.'),
        }[policy]

    # --------------------------------------------------------------- Approval

    def action_request_territory_approval(self, reason=None, partner_shipping_id=False):
        """Ask the channel managers to let these orders go where they go, by way of exception.

        :param str reason: required
        :param int partner_shipping_id: the delivery address that is asked for, if it is to change
        :return: the ids of the requests
        :raise UserError: without a reason, or if nothing needs an approval
        """
        exceptions = self.env['dealer.territory.exception']
        exceptions._check_reason(reason)
        self.check_access('write')
        address = read_record(self.env['res.partner'], partner_shipping_id)
        address.check_access('read')
        for order in self:
            verdicts = order.order_line._judge_territory(today=order.state != 'sale', address=address)
            violating = order.order_line.filtered(
                lambda line, verdicts=verdicts: line in verdicts and verdicts[line].territory_verdict in VIOLATIONS
            )
            open_lines = exceptions._filter_not_approved(violating, verdicts, address)
            if order._get_territory_policy() != 'approval' or not open_lines:
                raise UserError(self.env._('Nothing of the order %s needs an approval.', order.name))
            exceptions |= exceptions._request(order, open_lines, verdicts, reason, address)
        return exceptions.ids

    def action_view_territory_exceptions(self):
        """Open the requests for this order."""
        return self.territory_exception_ids._get_records_action(name=self.env._('Territory Exceptions'))
