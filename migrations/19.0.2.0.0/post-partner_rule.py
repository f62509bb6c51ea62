"""Who may write dealers: rules are not updated with the module, so this one kept the groups of the first version."""

from odoo import SUPERUSER_ID, api

# They read all contacts by a rule of their own now.
READERS = (
    'account.group_account_invoice',
    'account.group_account_readonly',
    'dealer_management.group_dealer_auditor',
    'dealer_management.group_dealer_complaint',
    'sales_team.group_sale_salesman_all_leads',
)


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    rule = env.ref('dealer_management.res_partner_rule_all', raise_if_not_found=False)
    if rule:
        for name in READERS:
            rule.groups -= env.ref(name)
        rule.name = 'Dealers: staff for all dealers'
