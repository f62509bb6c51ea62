"""Rebates: posting a settlement of 500 credit notes against as many bare credit notes, posted by Odoo at once."""

import itertools

from common import compare, environment, finish, parse_arguments, report

from odoo.fields import Command

NOTES, DAY = 500, '2026-04-10'
NUMBERS = itertools.count()


def prepare(env, with_module):
    """500 customers, and a service to credit them; with the module they are dealers of a program.

    :return: ``(customer ids, product id, program id or False)``
    """
    # Ranks that are there already: posting would write one customer after the other.
    vals = {'is_company': True, 'customer_rank': 1}
    if with_module:
        vals |= {'is_dealer': True, 'dealer_state': 'active'}
    partners = env['res.partner'].create([{**vals, 'name': f'Bench {number}'} for number in range(NOTES)])
    product = env['product.product'].create({'name': 'Bench rebate', 'type': 'service', 'taxes_id': False})
    if not with_module:
        return partners.ids, product.id, False
    program = env['dealer.rebate.program'].create(
        {
            'title': 'Bench',
            'date_from': '2026-01-01',
            'date_to': '2026-12-31',
            'product_id': product.id,
            'state': 'open',
            'approver_id': env.ref('base.user_admin').id,
            'band_ids': [Command.create({'threshold': 0, 'rate': 1})],
        }
    )
    return partners.ids, product.id, program.id


def by_odoo(env, partner_ids, product_id):
    """As many bare credit notes, in one batch."""
    moves = env['account.move'].create(
        [
            {
                'move_type': 'out_refund',
                'partner_id': partner_id,
                'invoice_date': DAY,
                'date': DAY,
                'ref': f'BENCH-{next(NUMBERS)}',
                'invoice_line_ids': [
                    (0, 0, {'product_id': product_id, 'name': 'Rebate', 'quantity': 1, 'price_unit': 12.34})
                ],
            }
            for partner_id in partner_ids
        ]
    )
    moves.action_post()


def make_payouts(env, partner_ids, program_id):
    """Confirmed statements of a run of their own, which is not posted yet."""
    program = env['dealer.rebate.program'].browse(program_id)
    run = env['dealer.rebate.run'].create({'program_id': program.id, 'period_to': '2026-03-31', 'date': DAY})
    return env['dealer.rebate.payout'].create(
        [
            {
                'name': f'BENCH-{next(NUMBERS)}',
                'run_id': run.id,
                'program_id': program.id,
                'company_id': program.company_id.id,
                'dealer_id': partner_id,
                'delta': 12.34,
                'due': 12.34,
                'paid': 12.34,
                'pay_amount': 12.34,
                'pay_currency_id': program.currency_id.id,
                'state': 'confirmed',
            }
            for partner_id in partner_ids
        ]
    )


def by_settlement(env, payouts):
    """What the job does: the lock, and the batch."""
    payouts.try_lock_for_update(allow_referencing=True)._post_batch()


def measure_posting(env_without, env_with, rounds=3):
    """:return: ``(ratio of the times, queries without, queries with)``"""
    customers, product, _none = prepare(env_without, False)
    dealers, _product, program = prepare(env_with, True)
    waiting = [make_payouts(env_with, dealers, program) for _round in range(rounds + 1)]
    return compare(
        env_without,
        lambda env: by_odoo(env, customers, product),
        env_with,
        lambda env: by_settlement(env, waiting.pop()),
        rounds=rounds,
    )


def main():
    without, module = parse_arguments(__doc__)
    with environment(without) as env_without, environment(module) as env_with:
        ratio, queries_without, queries_with = measure_posting(env_without, env_with)
        kept = report(
            f'posting a settlement of {NOTES} credit notes against as many bare ones',
            'at most 1.25 x the time',
            f'{ratio:.2f} x, {queries_with / NOTES:.1f} queries a note against {queries_without / NOTES:.1f}',
            ratio <= 1.25,
        )
    finish([kept])


if __name__ == '__main__':
    main()
