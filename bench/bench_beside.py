"""Beside the shop, loyalty, published partners and China's chart: installed before them and after them.

Nothing is logged in either order; customers who are no dealers are charged as without the module, rewards
included; dealers' rewards are told from prices of lists; the portal's pages show under the website's layout;
and the module goes again without a trace while the others stay.
"""

import importlib
import os
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

from common import finish, parse_arguments, report

from odoo.tools import config

OTHERS = ('website_sale', 'website_sale_loyalty', 'website_crm_partner_assign', 'l10n_cn')
PAGES = ('/my', '/my/dealer', '/my/prices', '/my/quick-order', '/my/rebates', '/my/complaints', '/partners', '/shop')
PORT = 8199

# Orders of the shop and of staff, with each kind of reward; prints what they came to.
ORDERS = """
env = env(context={'tracking_disable': True, 'mail_create_nolog': True})
if not env.company.chart_template:
    env['account.chart.template'].try_loading('generic_coa', env.company, install_demo=False)
goods = env['product.product'].create(
    {'name': 'Goods', 'type': 'consu', 'list_price': 100, 'taxes_id': False, 'website_published': True}
)
program = env['loyalty.program'].create(
    {
        'name': 'Promotion',
        'program_type': 'promotion',
        'trigger': 'auto',
        'applies_on': 'current',
        'rule_ids': [(0, 0, {'minimum_qty': 1})],
        'reward_ids': [
            (0, 0, {'reward_type': 'discount', 'discount': 10}),
            (0, 0, {'reward_type': 'product', 'reward_product_id': goods.id, 'reward_product_qty': 1}),
        ],
    }
)
CARDS = {
    'program_type': 'gift_card',
    'trigger': 'auto',
    'applies_on': 'future',
    'reward_ids': [(0, 0, {'reward_type': 'discount', 'discount': 1, 'discount_mode': 'per_point', 'required_points': 1})],
}
buyers = env['res.partner'].create({'name': 'Customer', 'email': 'customer@example.com'})
grade = env['res.partner.grade'].search([], limit=1)
grade.default_pricelist_id = env['product.pricelist'].create(
    {'name': 'Gold', 'item_ids': [(0, 0, {'compute_price': 'percentage', 'percent_price': 30})]}
)
if 'is_dealer' in buyers._fields:
    buyers += env['res.partner'].create(
        {
            'name': 'Dealer',
            'is_company': True,
            'is_dealer': True,
            'dealer_type_id': env.ref('dealer_management.dealer_type_distributor').id,
            'dealer_state': 'active',
            'grade_id': grade.id,
        }
    )
for buyer in buyers:
    for website in (env['website'], env['website'].search([], limit=1)):
        for reward in program.reward_ids:
            order = env['sale.order'].create({'partner_id': buyer.id, 'website_id': website.id})
            if website:
                order._cart_add(product_id=goods.id, quantity=5)
            else:
                order.order_line = [(0, 0, {'product_id': goods.id, 'product_uom_qty': 5})]
            order._update_programs_and_rewards()
            [coupon] = order._get_claimable_rewards()
            order._apply_program_reward(reward, coupon)
            order.action_confirm()
            assert order.state == 'sale'
            print('ORDER', buyer.name, 'shop' if website else 'staff', reward.reward_type, order.amount_total)
            if buyer.name == 'Dealer':
                given = order.order_line.filtered('reward_id')
                assert all(line.price_reason == 'Given by "Promotion".' for line in given), given.mapped('price_reason')
                assert 'Gold' in (order.order_line - given).price_reason
if len(buyers) > 1:
    # A gift card pays for goods: no floor and no minimum is touched by it, as by a discount it is.
    card = env['loyalty.card'].create(
        {
            'program_id': env['loyalty.program'].create({'name': 'Cards', **CARDS}).id,
            'points': 100,
        }
    )
    order = env['sale.order'].create({'partner_id': buyers[1].id})
    order.order_line = [(0, 0, {'product_id': goods.id, 'product_uom_qty': 5})]
    order._update_programs_and_rewards()
    order._apply_program_reward(card.program_id.reward_ids, card)
    assert order.amount_total == 250, order.amount_total
    assert order._get_share_after_discounts() == 1, order._get_share_after_discounts()
    order._apply_program_reward(program.reward_ids[0], order._get_claimable_rewards().popitem()[0])
    assert order._get_share_after_discounts() < 1
for name in ('res.partner', 'res.partner.grade', 'sale.order', 'crm.lead'):
    for kind in ('list', 'form', 'kanban', 'search'):
        env[name].get_view(view_type=kind)
if len(buyers) > 1:
    # Published in the directory of partners.
    grade.website_published = True
    buyers[1].write({'email': 'dealer@example.com', 'website_published': True})
    env['res.users'].create(
        {
            'name': 'Portal',
            'login': 'portal_dealer',
            'password': 'portal_dealer',
            'partner_id': buyers[1].id,
            'group_ids': [(6, 0, env.ref('base.group_portal').ids)],
        }
    )
env.cr.commit()
"""


def read_pages(name):
    """The pages of the portal as a dealer sees them: ``{path: what is wrong}``."""
    server = subprocess.Popen(
        [sys.executable, '-m', 'odoo', '-d', name, f'--db-filter=^{name}$', f'--http-port={PORT}', '--log-level=error'],
        env={**os.environ, 'ODOO_RC': config['config']},
    )
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    root = f'http://127.0.0.1:{PORT}'
    try:
        for _try in range(240):
            try:
                login = opener.open(f'{root}/web/login', timeout=120).read().decode()
                break
            except OSError:
                time.sleep(0.5)
        token = re.search(r'name="csrf_token" value="([^"]+)"', login)[1]
        form = {'csrf_token': token, 'login': 'portal_dealer', 'password': 'portal_dealer'}
        opener.open(f'{root}/web/login', urllib.parse.urlencode(form).encode(), timeout=120)
        wrong = {}
        for path in PAGES:
            try:
                page = opener.open(root + path, timeout=120).read().decode()
            except OSError as error:
                wrong[path] = str(error)
                continue
            if 'data-website-id' not in page:
                wrong[path] = "not under the website's layout"
        return wrong
    finally:
        server.terminate()
        server.wait()


def get_orders(output):
    return [line for line in output.splitlines() if line.startswith('ORDER')]


def attempt(what, function, *arguments):
    """Whether nothing is logged or raised, and what came out."""
    try:
        result = function(*arguments)
    except AssertionError as error:
        return report(what, 'nothing logged', str(error)[-1500:], False), ''
    return report(what, 'nothing logged', 'nothing logged', True), result or ''


def measure(without, with_module):
    OwnDatabase = importlib.import_module('odoo.addons.dealer_management.tests.lifecycle_common').OwnDatabase
    results, orders = [], {}
    plain = OwnDatabase(f'bench_beside_plain_{os.getpid()}', without)
    last = first = None
    try:
        plain.install(*OTHERS)
        last = OwnDatabase(f'bench_beside_last_{os.getpid()}', plain.name)
        kept, orders['without'] = attempt('orders without the module', plain.run_script, ORDERS)
        results.append(kept)
        results.append(attempt('installed after the others', last.install, 'dealer_management')[0])
        first = OwnDatabase(f'bench_beside_first_{os.getpid()}', with_module)
        results.append(attempt('installed before the others', first.install, *OTHERS)[0])
        for name, db in (('last', last), ('first', first)):
            kept, orders[name] = attempt(f'orders, installed {name}', db.run_script, ORDERS)
            expected = get_orders(orders['without'])
            same = get_orders(orders[name])[: len(expected)] == expected and expected
            results += [kept, report('a customer pays', 'the same', '; '.join(get_orders(orders[name])), same)]
        wrong = read_pages(first.name)
        results.append(report("pages under the website's layout", 'all', wrong or 'all', not wrong))
        results.append(attempt('uninstalled beside the others', last.uninstall)[0])
    finally:
        for db in filter(None, (plain, last, first)):
            db.drop()
    return results


finish(measure(*parse_arguments(__doc__)))
