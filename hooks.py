"""What the installation turns on beyond its own records, and the way back."""

from odoo.fields import Command

from .uninstall import remove_kept

PRICELISTS_PARAMETER = 'dealer_management.pricelists_turned_on'


def pre_init_hook(env):
    """Prepare the database, and turn price lists on: without the feature a tier's price list has no effect.

    Before anything of the module is loaded: its demonstration data turns them on as well, by a
    second currency.
    """
    # The database itself keeps dealer codes apart, by equality and overlap in one constraint.
    env.cr.execute('CREATE EXTENSION IF NOT EXISTS btree_gist')
    user_group, pricelist_group = _pricelist_groups(env)
    if pricelist_group not in user_group.implied_ids:
        user_group._apply_group(pricelist_group)
        env['res.company'].search([])._activate_or_create_pricelists()
        env['ir.config_parameter'].set_param(PRICELISTS_PARAMETER, 'True')


# What is not taken out record by record: what the demonstration data makes of other modules' models,
# and the module's own records that others refer to until the tables go as a whole.
KEPT_MODELS = (
    'account.payment.term',
    'dealer.authorization',
    'dealer.channel',
    'dealer.complaint.cause',
    'dealer.complaint.party',
    'dealer.complaint.stage',
    'dealer.complaint.team',
    'dealer.complaint.type',
    'dealer.deadline.policy',
    'dealer.deadline.target',
    'dealer.price.level',
    'dealer.price.request',
    'dealer.rebate.criterion',
    'dealer.rebate.program',
    'dealer.region.class',
    'dealer.territory',
    'dealer.type',
    'product.category',
    'product.pricelist',
    'product.product',
    'product.template',
    'res.partner',
    'res.partner.grade',
    'res.users',
)


def uninstall_hook(env):
    """Turn price lists off again, if the installation turned them on and none is in use.

    The contacts, products, tiers and users of the demonstration data stay, as what they have
    become: records with orders and invoices behind them.
    """
    remove_kept(env)
    own_data = env['ir.model.data'].search([('module', '=', 'dealer_management')])
    # To-dos on records that go; their types could not go before them.
    activity_types = own_data.filtered(lambda data: data.model == 'mail.activity.type').mapped('res_id')
    env['mail.activity'].with_context(active_test=False).search([('activity_type_id', 'in', activity_types)]).unlink()
    # Whoever was an internal user by a role of the module alone stays one.
    internal = env.ref('base.group_user')
    roles = env['res.groups'].browse(own_data.filtered(lambda data: data.model == 'res.groups').mapped('res_id'))
    members = roles.with_context(active_test=False).all_user_ids & internal.with_context(active_test=False).all_user_ids
    members.write({'group_ids': [Command.link(internal.id)]})
    own_data.filtered(lambda data: data.model in KEPT_MODELS).unlink()
    # What ties the tables together goes before them; with the type goes the constraint that uses it.
    env.cr.execute(
        'ALTER TABLE dealer_authorization_coverage DROP CONSTRAINT IF EXISTS dealer_authorization_coverage_same_as_grant'
    )
    env.cr.execute('DROP TYPE IF EXISTS dealer_path_range CASCADE')
    parameters = env['ir.config_parameter']
    if parameters.get_param(PRICELISTS_PARAMETER):
        pricelists = env['product.pricelist'].search([])  # pylint: disable=no-search-all
        if not pricelists.item_ids:
            user_group, pricelist_group = _pricelist_groups(env)
            user_group._remove_group(pricelist_group)
            # As Odoo's own setting does.
            pricelists.action_archive()
        parameters.search([('key', '=', PRICELISTS_PARAMETER)]).unlink()


def _pricelist_groups(env):
    return env.ref('base.group_user'), env.ref('product.group_product_pricelist')
