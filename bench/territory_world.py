"""A country of states and towns, and grants of them: what territories are measured on."""

import random


def make_country(env, states, name='Bench Land', code='Q2'):
    """A country and its states; returns ``(country, states)``."""
    country = env['res.country'].create({'name': name, 'code': code})
    return country, env['res.country.state'].create(
        [{'name': f'State {number}', 'code': f'B{number}', 'country_id': country.id} for number in range(states)]
    )


def make_territories(env, states, cities):
    """A territory for each state, and below it one for each of its cities; returns ``(tops, towns)``."""
    territories = env['dealer.territory']
    tops = territories.create([{'name': state.name, 'area_ids': [(0, 0, _area(state))]} for state in states])
    towns = territories.create(
        [
            {
                'name': f'{top.name} {number}',
                'parent_id': top.id,
                'area_ids': [(0, 0, {**_area(state), 'city': f'City {number}'})],
            }
            for top, state in zip(tops, states, strict=True)
            for number in range(cities)
        ]
    )
    return tops, towns


def _area(state):
    return {'country_id': state.country_id.id, 'state_id': state.id}


def make_grants(env, dealers, towns, categories, count):
    """Each town's categories go to dealers in turn: exclusive, and never twice."""
    slots = [(town, category) for town in towns for category in categories]
    random.shuffle(slots)
    return env['dealer.authorization'].create(
        [
            {
                'dealer_id': dealers[number % len(dealers)].id,
                'territory_id': town.id,
                'product_scope': 'selected',
                'category_ids': [(6, 0, category.ids)],
                'date_from': '2020-01-01',
                'date_to': '2099-12-31',
                'state': 'active',
            }
            for number, (town, category) in enumerate(slots[:count])
        ]
    )
