# Run in Odoo's shell: writes the template of all texts, and brings zh_CN.po in line with it.
# ruff: noqa: F821  (env is the shell's)
import io

import polib

from odoo.tools import file_path
from odoo.tools.translate import trans_export

folder = file_path('dealer_management/i18n')
buffer = io.BytesIO()
trans_export(False, ['dealer_management'], buffer, 'po', env)
template = polib.pofile(buffer.getvalue().decode())
# Dates change with every run and say nothing.
for key in ('POT-Creation-Date', 'PO-Revision-Date', 'Last-Translator', 'Language-Team'):
    template.metadata.pop(key, None)
template.save(f'{folder}/dealer_management.pot')

try:
    chinese = polib.pofile(f'{folder}/zh_CN.po')
except OSError:
    chinese = polib.POFile()
known = {entry.msgid: entry.msgstr for entry in chinese}
chinese = polib.POFile()
chinese.metadata = {**template.metadata, 'Language': 'zh_CN', 'Plural-Forms': ''}
for entry in template:
    chinese.append(
        polib.POEntry(
            msgid=entry.msgid,
            msgstr=known.get(entry.msgid, ''),
            occurrences=entry.occurrences,
            comment=entry.comment,
            flags=[],
        )
    )
chinese.save(f'{folder}/zh_CN.po')
missing = [entry.msgid for entry in chinese if not entry.msgstr]
