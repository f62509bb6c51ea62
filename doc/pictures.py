"""Take the pictures of README.md and of the chapters, from the running product.

``./dev pictures`` serves the demo database and calls this with its address.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).with_name('pictures')
DESKTOP = {'width': 1280, 'height': 800}
PHONE = {'width': 390, 'height': 844}

# Not clicks: the page behind the certificate's code, and the document itself.
OPEN_VERIFICATION, OPEN_CERTIFICATE = 'open the verification page', 'open the certificate'

COMPLAINTS = '/odoo/action-dealer_management.dealer_complaint_action'

# name, login, language, phone?, path, what to click (or to fill in) before the picture is taken
PICTURES = [
    ('dealers-kanban', 'manager', 'en_US', False, '/odoo/dealers', []),
    ('dealers-list', 'manager', 'en_US', False, '/odoo/dealers?view_type=list', []),
    ('dealer-form', 'manager', 'en_US', False, '/odoo/dealers', ['.o_kanban_record:has-text("D00001")']),
    (
        'dealer-suspend',
        'manager',
        'en_US',
        False,
        '/odoo/dealers',
        ['.o_kanban_record:has-text("D00001")', 'button:has-text("Suspend")'],
    ),
    ('dealer-form-zh', 'manager', 'zh_CN', False, '/odoo/dealers', ['.o_kanban_record:has-text("D00001")']),
    (
        'tier-form',
        'manager',
        'en_US',
        False,
        '/odoo/action-dealer_management.dealer_tier_action',
        ['.o_data_row:has-text("Core") td[name=name]'],
    ),
    ('dealer-analysis', 'manager', 'en_US', False, '/odoo/action-dealer_management.dealer_analysis_action', []),
    ('territories', 'manager', 'en_US', False, '/odoo/territories', []),
    (
        'territories-tree-zh',
        'manager',
        'zh_CN',
        False,
        '/odoo/territories?view_type=hierarchy',
        ['.o_hierarchy_node_button >> nth=0'],
    ),
    (
        'authorization-form',
        'manager',
        'en_US',
        False,
        '/odoo/dealer-authorizations',
        ['.o_data_row:has-text("SQ-") td:has-text("Zhejiang") >> nth=-1'],
    ),
    ('coverage', 'manager', 'en_US', False, '/odoo/action-dealer_management.dealer_authorization_coverage_action', []),
    (
        'white-space-zh',
        'manager',
        'zh_CN',
        False,
        '/odoo/action-dealer_management.dealer_territory_white_space_action',
        [],
    ),
    (
        'order-exception',
        'staff_all',
        'en_US',
        False,
        '/odoo/action-sale.action_quotations',
        ['.o_data_row td[name=name]'],
    ),
    (
        'allocation',
        'manager',
        'en_US',
        False,
        '/odoo/dealer-allocations',
        ['.o_data_row td[name=product_id]'],
    ),
    (
        'special-price',
        'manager',
        'en_US',
        False,
        '/odoo/action-dealer_management.dealer_price_request_action',
        ['.o_data_row:has-text("SP00003") td[name=dealer_id]'],
    ),
    (
        'price-reason',
        'manager',
        'en_US',
        False,
        '/odoo/action-sale.action_orders',
        ['.o_data_row td[name=name] >> nth=0', '.o_price_reason >> nth=0'],
    ),
    ('portal-prices-zh', 'dealer', 'zh_CN', False, '/my/prices', []),
    (
        'quick-order-phone',
        'dealer',
        'en_US',
        True,
        '/my/quick-order',
        [
            ('.o_quick_search', 'FT-101'),
            '.o_quick_found button',
            ('.o_quick_search', 'AC-401'),
            '.o_quick_found button',
            '.o_quick_saved',
            '.o_quick_line[data-code="AC-401"] summary',
        ],
    ),
    (
        'quick-order-paste-phone',
        'dealer',
        'en_US',
        True,
        '/my/quick-order',
        [
            '.o_quick_paste',
            ('#o_quick_pasted', 'FT-102\t24\nXX-9\t3\nFT-104\t-1'),
            '.o_quick_take_over',
            '.o_quick_saved',
        ],
    ),
    ('portal-authorizations-phone-zh', 'dealer', 'zh_CN', True, '/my/authorizations', []),
    ('certificate-page-phone', 'dealer', 'en_US', True, '/my/authorizations', [OPEN_VERIFICATION]),
    ('certificate', 'dealer', 'en_US', False, '/my/authorizations', [OPEN_CERTIFICATE]),
    ('portal-home-phone', 'dealer', 'en_US', True, '/my', []),
    ('portal-dealer-phone-zh', 'dealer', 'zh_CN', True, '/my/dealer', []),
    ('portal-dealer', 'dealer', 'en_US', False, '/my/dealer', []),
    (
        'rebate-program',
        'manager',
        'en_US',
        False,
        '/odoo/rebate-programs?view_type=list',
        ['.o_data_row:has-text("Quarterly") td[name=title], .o_data_row:has-text("Quarterly") td[name=display_name]'],
    ),
    (
        'rebate-trial',
        'manager',
        'en_US',
        False,
        '/odoo/rebate-programs?view_type=list',
        [
            '.o_data_row:has-text("Quarterly") td[name=title], .o_data_row:has-text("Quarterly") td[name=display_name]',
            'button[name=action_try]',
            'button[name=action_compute]',
            '.o_form_view a[name=dealers]',
        ],
    ),
    (
        'rebate-run',
        'accountant',
        'en_US',
        False,
        '/odoo/action-dealer_management.dealer_rebate_run_action',
        ['.o_data_row:has-text("Quarterly") >> nth=0'],
    ),
    (
        'rebate-statement',
        'accountant',
        'en_US',
        False,
        '/odoo/action-dealer_management.dealer_rebate_payout_action',
        ['.o_data_row:has-text("Quarterly") >> nth=2', 'a[name=steps]'],
    ),
    (
        'rebate-ledger',
        'accountant',
        'en_US',
        False,
        '/odoo/action-dealer_management.dealer_rebate_ledger_action',
        [],
    ),
    ('wallet-phone-zh', 'dealer', 'zh_CN', True, '/my/wallet', []),
    ('rebate-portal-phone', 'dealer', 'zh_CN', True, '/my/rebates', []),
    ('complaints-kanban', 'complaint', 'en_US', False, COMPLAINTS, []),
    ('complaint-form', 'complaint', 'en_US', False, COMPLAINTS, ['.o_kanban_record:has-text("CE-304") >> nth=0']),
    ('complaint-form-zh', 'complaint', 'zh_CN', False, COMPLAINTS, ['.o_kanban_record:has-text("CE-304") >> nth=0']),
    ('complaint-week', 'manager', 'en_US', False, '/odoo/complaint-week', []),
    ('complaint-week-zh', 'manager', 'zh_CN', False, '/odoo/complaint-week', []),
    (
        'deadline-policy',
        'manager',
        'en_US',
        False,
        '/odoo/action-dealer_management.dealer_deadline_policy_action',
        ['.o_data_row:has-text("Quality") td[name=name]'],
    ),
    ('complaint-new-phone-zh', 'dealer', 'zh_CN', True, '/my/complaints/new', ['label[for^=complaint_type_] >> nth=0']),
    (
        'complaint-phone',
        'dealer',
        'en_US',
        True,
        '/my/complaints',
        ['a[href*="/my/complaints/"]:has-text("CP") >> nth=0'],
    ),
]


def log_in(page, base, login):
    page.goto(f'{base}/web/login')
    page.fill('input[name=login]', login)
    page.fill('input[name=password]', login)
    page.click('button[type=submit]')
    page.wait_for_selector('.o_action_manager, .o_portal_my_home')


def set_language(page, base, login, language):
    """Staff see their own language; a portal page follows the browser's cookie."""
    if login == 'dealer':
        page.context.add_cookies([{'name': 'frontend_lang', 'value': language, 'url': base}])
        return
    page.evaluate(
        """async (lang) => {
            const call = (method, args) => fetch(`/web/dataset/call_kw/res.users/${method}`, {
                method: "POST",
                headers: { "Content-Type": "application/json" },
                body: JSON.stringify({ params: { model: "res.users", method, args, kwargs: {} } }),
            }).then((response) => response.json());
            const uid = (await call("context_get", [])).result.uid;
            const answer = await call("write", [[uid], { lang }]);
            if (answer.error) throw new Error(answer.error.data.message);
        }""",
        language,
    )


def picture_document(page, url, path):
    """Save the PDF document at ``url`` as a picture."""
    with tempfile.NamedTemporaryFile(suffix='.pdf') as document:
        document.write(page.request.get(url).body())
        document.flush()
        subprocess.run(['pdftoppm', '-r', '70', '-png', '-singlefile', document.name, str(path)], check=True)


def main(base, wanted):
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path='/usr/bin/chromium', args=['--no-sandbox', '--disable-gpu']
        )
        for name, login, language, phone, path, clicks in PICTURES:
            if wanted and name not in wanted:
                continue
            context = browser.new_context(
                timezone_id='Asia/Shanghai',
                viewport=PHONE if phone else DESKTOP,
                is_mobile=phone,
                has_touch=phone,
                locale=language.replace('_', '-'),
            )
            page = context.new_page()
            log_in(page, base, login)
            set_language(page, base, login, language)
            page.goto(base + path)
            page.wait_for_selector('.o_view_controller, .o_complaint_week_page, #wrap')
            for selector in clicks:
                if selector == OPEN_VERIFICATION:
                    page.goto(
                        base + urlsplit(page.get_attribute('a[href*="/certificate/"]', 'href')).path + '?lang=en_US'
                    )
                elif selector == OPEN_CERTIFICATE:
                    picture_document(page, base + page.get_attribute('a[href$="lang=zh"]', 'href'), FOLDER / name)
                elif isinstance(selector, tuple):
                    page.fill(*selector)
                else:
                    page.click(selector)
            if OPEN_CERTIFICATE not in clicks:
                page.wait_for_timeout(1500)  # avatars and animations
                page.screenshot(path=FOLDER / f'{name}.png', full_page=phone)
            if login != 'dealer':
                set_language(page, base, login, 'en_US')
            print(f'{name}.png')
            context.close()
        browser.close()


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2:])
