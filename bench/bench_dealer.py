"""Contacts and dealers: what the module costs where it is not used, and where it is."""

import itertools

from common import compare, environment, finish, measure, parse_arguments, report, report_queries

NUMBERS = itertools.count()
LIST_FIELDS = {
    'dealer_code': {},
    'name': {},
    'dealer_type_id': {'fields': {'display_name': {}}},
    'grade_id': {'fields': {'display_name': {}}},
    'channel_account_manager_id': {'fields': {'display_name': {}}},
    'state_id': {'fields': {'display_name': {}}},
    'city': {},
    'phone': {},
    'activity_ids': {'fields': {}},
    'dealer_state': {},
}


def prepare_vals(env, **vals):
    return {
        'name': f'Contact {next(NUMBERS)}',
        'is_company': True,
        'street': '1 Road',
        'city': 'Foshan',
        'phone': '+86 757 1234 5678',
        'email': 'a@example.com',
        'country_id': env.ref('base.cn').id,
        **vals,
    }


def create_contact(env):
    env['res.partner'].create(prepare_vals(env))


def edit(partner_name):
    def run(env):
        partner = env['res.partner'].search([('name', '=', partner_name)], limit=1)
        partner.write({'phone': f'+86 757 {next(NUMBERS)}', 'city': f'City {next(NUMBERS)}'})

    return run


def grade(env):
    return env.ref('partnership.res_partner_grade_data_gold')


def create_graded_contact(env):
    env['res.partner'].create(prepare_vals(env, grade_id=grade(env).id))


def create_dealer(env):
    env['res.partner'].create(
        prepare_vals(
            env,
            grade_id=grade(env).id,
            is_dealer=True,
            dealer_type_id=env.ref('dealer_management.dealer_type_distributor').id,
        )
    )


def create_many(function_vals, count=200):
    def run(env):
        env['res.partner'].create([function_vals(env) for _number in range(count)])

    return run


def main():
    without, module = parse_arguments(__doc__)
    results = []
    with environment(without) as plain, environment(module) as dealers:
        for env in (plain, dealers):
            env['res.partner'].create(prepare_vals(env, name='Edited contact', grade_id=grade(env).id))
        dealers['res.partner'].create(
            prepare_vals(dealers, name='Edited dealer', is_dealer=True, grade_id=grade(dealers).id)
        )

        for what, function in (('create', create_contact), ('edit', edit('Edited contact'))):
            compared = compare(plain, function, dealers, function)
            results.append(report_queries(f'{what} a contact that is no dealer', 0, compared))
        for what, function_without, function_with in (
            ('create a dealer', create_graded_contact, create_dealer),
            ('edit a dealer', edit('Edited contact'), edit('Edited dealer')),
            (
                'create 200 dealers in one call',
                create_many(lambda env: prepare_vals(env, grade_id=grade(env).id)),
                create_many(lambda env: prepare_vals(env, grade_id=grade(env).id, is_dealer=True)),
            ),
        ):
            ratio, before, after = compare(
                plain, function_without, dealers, function_with, rounds=5 if '200' in what else 40
            )
            results.append(
                report(
                    what,
                    '<= 1.10 x the time of the same contact',
                    f'{ratio:.2f} x, {after} queries ({before})',
                    ratio <= 1.10,
                )
            )

        # 10,000 dealers: the number of queries is that of a handful.
        figures = {}
        for total in (100, 10000):
            env = dealers
            missing = total - env['res.partner'].search_count([('is_dealer', '=', True)])
            env['res.partner'].with_context(tracking_disable=True).create(
                [prepare_vals(env, is_dealer=True, grade_id=grade(env).id) for _number in range(missing)]
            )
            env.flush_all()
            env.cr.execute('ANALYZE res_partner')
            for page in (10, 80):
                figures[total, page] = [
                    measure(
                        env,
                        lambda env, page=page: env['res.partner'].web_search_read(
                            [('is_dealer', '=', True)], LIST_FIELDS, limit=page
                        ),
                    ),
                    measure(
                        env,
                        lambda env, page=page: env['res.partner'].web_read_group(
                            [('is_dealer', '=', True)],
                            ['dealer_state'],
                            ['__count'],
                            auto_unfold=True,
                            unfold_read_specification=LIST_FIELDS,
                            unfold_read_default_limit=page,
                        ),
                    ),
                ]
        for position, view in enumerate(('list', 'kanban')):
            counts = {key: rows[position][1] for key, rows in figures.items()}
            times = {key: rows[position][0] for key, rows in figures.items()}
            results.append(
                report(
                    f'open the {view} of 10,000 dealers',
                    'as many queries as with 100, on any page size',
                    f'{counts[10000, 80]} queries (100 dealers: {counts[100, 80]}; page of 10: {counts[10000, 10]}),'
                    f' {times[10000, 80] / times[100, 80]:.1f} x the time',
                    len({counts[100, 80], counts[10000, 10], counts[10000, 80]}) == 1,
                )
            )
    finish(results)


main()
