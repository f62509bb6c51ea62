import datetime

from lxml import etree

from odoo.tests import TransactionCase, tagged
from odoo.tools.safe_eval import safe_eval

from .common import DealerMixin

MENUS = ('dealer_management.dealer_menu_root', 'dealer_management.account_menu_rebates')


@tagged('post_install', '-at_install')
class TestScreens(DealerMixin, TransactionCase):
    """Whoever sees a menu can open it, use each of its filters, and search by each of its fields.

    A filter may look into records that the role does not read; then the screen ends in a refusal.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpDealers()

    def test_every_role_can_use_every_filter(self):
        tried = 0
        for role, user in self.users.items():
            for action in self.read_actions(user):
                model = self.env[action.res_model].with_user(user)
                if model.is_transient():
                    continue
                view = model.get_view(action.search_view_id.id, 'search')
                for name, domain in self.read_domains(model, etree.fromstring(view['arch'])):
                    with self.subTest(role=role, action=action.name, model=model._name, search=name):
                        model.search(domain, limit=1)
                        tried += 1
        self.assertGreater(tried, 1000)

    def read_actions(self, user):
        """The window actions below the menus of the module that ``user`` sees."""
        menus = self.env['ir.ui.menu'].with_user(user).load_web_menus(False)
        left = [menus[menu.id] for menu in map(self.env.ref, MENUS) if menu.id in menus]
        ids = set()
        while left:
            menu = left.pop()
            if menu['actionModel'] == 'ir.actions.act_window':
                ids.add(menu['actionID'])
            left += [menus[child] for child in menu['children']]
        return self.env['ir.actions.act_window'].browse(sorted(ids))

    def read_domains(self, model, arch):
        """``(name, domain)`` of each filter and each field of a search view."""
        names = {'uid': model.env.uid, 'context_today': datetime.date.today}
        for node in arch.iter('filter'):
            if node.get('domain'):
                yield node.get('name'), safe_eval(node.get('domain'), names)
        for node in arch.iterfind('.//field'):
            if node.getparent().tag == 'searchpanel':
                continue
            # As somebody types it.
            if node.get('filter_domain'):
                yield node.get('name'), safe_eval(node.get('filter_domain'), {'self': 'a', 'raw_value': 'a'})
            # A property is searched by its own name, which the client asks for first.
            elif model._fields[node.get('name')].type != 'properties' and node.get('operator') != 'child_of':
                yield node.get('name'), [(node.get('name'), 'ilike', 'a')]
