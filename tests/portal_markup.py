"""Texts that nobody should write, put wherever a text can stand."""

from lxml import etree, html

from odoo.tools import SQL

# Out of an attribute, a text field, a script; then two things that run.
SCRIPT = '"\'></textarea></script><img src=x onerror=alert(1)><script>alert(1)</script>'
# Beside the module's own: what the portal and the documents show of Odoo's.
CORE_MODELS = (
    'account.move',
    'account.move.line',
    'ir.attachment',
    'mail.message',
    'product.category',
    'product.pricelist',
    'product.product',
    'product.template',
    'rating.rating',
    'res.company',
    'res.country.state',
    'res.partner',
    'res.partner.grade',
    'resource.calendar',
    'sale.order',
    'sale.order.line',
    'stock.picking',
    'uom.uom',
)
# Read by a machine and shown to nobody, or part of an address.
TECHNICAL = frozenset(
    {'lang', 'tz', 'parent_path', 'certificate_number', 'barcode', 'mimetype', 'store_fname', 'checksum', 'url'}
    | {'res_model', 'res_field', 'model', 'message_id', 'vat', 'sequence_prefix', 'invoice_edi_format_store', 'font'}
    | {'external_report_layout', 'code', 'kind', 'place_low', 'place_high', 'product_low', 'product_high'}
    | {'zip_low', 'zip_high'}
)
# What has it is something else than what has not.
UNLESS_EMPTY = ('dealer_code',)


def find_text_fields(env):
    """``(model, field)``: the stored texts of the module's own models, and of those that it shows."""
    own = env['ir.model.data'].search([('module', '=', 'dealer_management'), ('model', '=', 'ir.model')])
    names = env['ir.model'].browse(own.mapped('res_id')).mapped('model')
    for name in sorted({name for name in names if name.startswith('dealer.')} | set(CORE_MODELS)):
        model = env[name]
        for field in model._fields.values() if model._auto else ():
            if not (field.type in ('char', 'text', 'html') and field.store and field.column_type):
                continue
            if field.name in TECHNICAL or 'token' in field.name or '_key' in field.name:
                continue
            # Markup of our own is made of texts, and shows how they were treated.
            if field.type != 'html' or not field.compute:
                yield model, field


def spoil(env, text):
    """Put ``text`` into every text field there is, past all that is checked; markup as the field would keep it.

    Each ends in the name of its field, so that whoever sees it knows where it comes from.
    """
    env.flush_all()
    for model, field in find_text_fields(env):
        words = f'{text}@{model._name}.{field.name}@'
        if field.type == 'html':
            words = field.convert_to_cache(f'<p>{words}</p>', model)
        # Numbered, for some are unique.
        value = SQL('%s || id', str(words))
        if field.translate:
            value = SQL("jsonb_build_object('en_US', %s)", value)
        column = SQL.identifier(field.name)
        where = SQL('%s IS NOT NULL', column) if field.name in UNLESS_EMPTY else SQL('TRUE')
        env.cr.execute(SQL('UPDATE %s SET %s = %s WHERE %s', SQL.identifier(model._table), column, value, where))
    env.invalidate_all()


def find_scripts(text):
    """What of ``SCRIPT``, or of a link that runs one, became markup in a page: a list of elements."""
    return [
        etree.tostring(element, encoding='unicode')[:200]
        for element in html.fromstring(text).iter(etree.Element)
        if (element.tag == 'script' and (element.text or '').strip() == 'alert(1)')
        or any(name.startswith('on') and 'alert' in value for name, value in element.attrib.items())
        or any(element.get(name, '').strip().startswith('javascript:alert') for name in ('href', 'src', 'action'))
    ]
