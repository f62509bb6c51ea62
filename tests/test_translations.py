import io
import re

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools import file_path
from odoo.tools.translate import trans_export

PLACEHOLDER = re.compile(r'%\(\w+\)[sd]|%[sd]|\{\w+\}|<[^>]+>')
# What is read aloud or shown within a tag is text as well.
TEXT_WITHIN = re.compile(r'\b(title|aria-label|alt|placeholder)="[^"]*"')


def find_placeholders(text):
    return sorted(TEXT_WITHIN.sub(r'\1', tag) for tag in PLACEHOLDER.findall(text))


@tagged('post_install', '-at_install')
class TestTranslations(TransactionCase):
    """The template follows the source, and the Chinese follows the template."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pot = polib.pofile(file_path('dealer_management/i18n/dealer_management.pot'))
        cls.zh = polib.pofile(file_path('dealer_management/i18n/zh_CN.po'))

    def test_template_holds_every_text_of_the_source(self):
        buffer = io.BytesIO()
        trans_export(False, ['dealer_management'], buffer, 'po', self.env)
        exported = {entry.msgid for entry in polib.pofile(buffer.getvalue().decode())}
        kept = {entry.msgid for entry in self.pot}
        self.assertEqual(exported - kept, set(), 'New texts: run ./dev translations, then translate them.')
        self.assertEqual(kept - exported, set(), 'Texts that are gone: run ./dev translations.')

    def test_chinese_is_complete(self):
        entries = {entry.msgid: entry for entry in self.zh}
        self.assertEqual({entry.msgid for entry in self.pot} - entries.keys(), set())
        for msgid, entry in entries.items():
            with self.subTest(msgid):
                self.assertTrue(entry.msgstr and not entry.fuzzy, 'Not translated.')
                self.assertEqual(
                    find_placeholders(msgid),
                    find_placeholders(entry.msgstr),
                    'Placeholders differ.',
                )

    def test_chinese_is_loaded(self):
        self.env['res.lang']._activate_lang('zh_CN')
        self.env['ir.module.module']._load_module_terms(['dealer_management'], ['zh_CN'])
        menu = self.env.ref('dealer_management.dealer_menu_root')
        self.assertEqual(menu.with_context(lang='zh_CN').name, '经销商')
        states = dict(
            self.env['res.partner'].with_context(lang='zh_CN').fields_get(['dealer_state'])['dealer_state']['selection']
        )
        self.assertEqual(states['suspended'], '已暂停')
