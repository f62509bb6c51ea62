"""What the people of the demonstration company do before and after an upgrade, as scripts of Odoo's shell."""

ROLES = """
from dateutil.relativedelta import relativedelta

def user(name):
    return env.ref(f'dealer_management.user_{name}')

def get_company():
    return user('accountant').company_id

def settle(first, **terms):
    company = get_company()
    program = env['dealer.rebate.program'].with_user(user('staff_all')).with_company(company).create(
        {
            'company_id': company.id,
            'period': 'whole',
            'date_from': first,
            'date_to': first + relativedelta(months=3, days=-1),
            'band_ids': [(0, 0, {'threshold': 0, 'rate': 1})],
            **terms,
        }
    )
    program.action_submit()
    program.with_user(user('manager')).action_approve()
    program.with_user(user('manager')).action_open()
    run = env['dealer.rebate.run'].with_user(user('accountant')).with_company(company).create(
        {'program_id': program.id, 'period_to': program.date_to, 'date': program.date_to + relativedelta(days=10)}
    )
    run.action_preview()
    run.action_confirm()
    run.action_post()
    return run
"""

# What the demonstration data of earlier versions lacked: a wallet that pays an order, a dispute and accruals, where
# there were such.
USED = f"""{ROLES}
if 'dealer.rebate.dispute' in env and not env['dealer.rebate.dispute'].search_count([]):
    company = get_company()
    open_programs = env['dealer.rebate.program'].search([('state', '=', 'open')])
    settle(open_programs[0].date_from, title='Into the wallet', payout_method='wallet', wallet_max_share=30)
    credit = env['dealer.rebate.wallet.credit'].search([], order='amount DESC', limit=1)
    product = env['product.product'].search([('sale_ok', '=', True), ('is_storable', '=', True)], limit=1)
    order = env['sale.order'].with_company(company).create(
        {{
            'partner_id': credit.dealer_id.id,
            'company_id': company.id,
            'order_line': [(0, 0, {{'product_id': product.id, 'product_uom_qty': 200}})],
        }}
    )
    order.action_use_wallet(order.wallet_limit)
    order.action_confirm()
    statement = credit.payout_id
    line = env['dealer.rebate.settlement.line'].search(
        [('computation_id', 'in', statement.computation_ids.ids), ('document', '!=', False)], limit=1
    )
    env['dealer.rebate.dispute'].create(
        {{'computation_id': line.computation_id.id, 'move_line_id': line.move_line_id.id, 'reason': 'What is this?'}}
    )
    accruals = open_programs.with_user(user('accountant')).with_company(company)._prepare_accruals(None)
    accruals.action_post()
    assert credit.amount_used > 0 and accruals, (credit.read(), accruals)
    env.cr.commit()
"""

# The roles go on with today's parts: a complaint, and a rebate on what was invoiced before.
GO_ON = f"""{ROLES}
company = get_company()
env['dealer.complaint.team'].search([]).member_ids |= user('complaint')
dealer = env['res.partner'].search([('is_dealer', '=', True), ('dealer_state', '=', 'active')], limit=1)
complaint = env['dealer.complaint'].with_user(user('complaint')).with_company(company).create(
    {{
        'title': 'Boxes are broken',
        'dealer_id': dealer.id,
        'type_id': env.ref('dealer_management.complaint_type_service').id,
    }}
)
assert complaint.name.startswith('C') and complaint.stage_id and complaint.deadline_ids, complaint.read()
sales = [('move_type', '=', 'out_invoice'), ('state', '=', 'posted'), ('company_id', '=', company.id)]
first = env['account.move'].search(sales, order='invoice_date', limit=1).invoice_date.replace(day=1)
run = settle(first, title='After the upgrade', product_id=env.ref('dealer_management.product_rebate').id)
assert run.state == 'done' and sum(run.payout_ids.mapped('paid')) > 0, run.read()
env.cr.commit()
"""
