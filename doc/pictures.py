"""Take the pictures of README.md and of the chapters, from the running product.

``./dev pictures`` serves the demo database and calls this with its address.
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).with_name('pictures')
DESKTOP = {'width': 1280, 'height': 800}
PHONE = {'width': 390, 'height': 844}

# name, login, language, phone?, path, what to click before the picture is taken
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
    ('portal-home-phone', 'dealer', 'en_US', True, '/my', []),
    ('portal-dealer-phone-zh', 'dealer', 'zh_CN', True, '/my/dealer', []),
    ('portal-dealer', 'dealer', 'en_US', False, '/my/dealer', []),
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
                viewport=PHONE if phone else DESKTOP,
                is_mobile=phone,
                has_touch=phone,
                locale=language.replace('_', '-'),
            )
            page = context.new_page()
            log_in(page, base, login)
            set_language(page, base, login, language)
            page.goto(base + path)
            page.wait_for_selector('.o_view_controller, #wrap')
            for selector in clicks:
                page.click(selector)
            page.wait_for_timeout(1500)  # avatars and animations
            page.screenshot(path=FOLDER / f'{name}.png', full_page='portal' in name)
            if login != 'dealer':
                set_language(page, base, login, 'en_US')
            print(f'{name}.png')
            context.close()
        browser.close()


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2:])
