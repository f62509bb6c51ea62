"""What the installation turns on beyond its own records, and the way back."""

PRICELISTS_PARAMETER = 'dealer_management.pricelists_turned_on'


def post_init_hook(env):
    """Turn price lists on: without the feature a tier's price list has no effect."""
    user_group, pricelist_group = _pricelist_groups(env)
    if pricelist_group not in user_group.implied_ids:
        user_group._apply_group(pricelist_group)
        env['res.company'].search([])._activate_or_create_pricelists()
        env['ir.config_parameter'].set_param(PRICELISTS_PARAMETER, 'True')


def uninstall_hook(env):
    """Turn price lists off again, if it was the installation that turned them on."""
    parameters = env['ir.config_parameter']
    if parameters.get_param(PRICELISTS_PARAMETER):
        user_group, pricelist_group = _pricelist_groups(env)
        user_group._remove_group(pricelist_group)
        # As Odoo's own setting does.
        env['product.pricelist'].search([]).action_archive()
        parameters.search([('key', '=', PRICELISTS_PARAMETER)]).unlink()


def _pricelist_groups(env):
    return env.ref('base.group_user'), env.ref('product.group_product_pricelist')
