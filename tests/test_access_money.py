from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .access_common import ACCESS_ROLES, AccessCase, read_table

# What has been decided or settled, and the models whose figures rest on it.
DECIDED = {
    'dealer.allocation': (
        SQL("state = 'approved', available_quantity = 1, stock_quantity = 1, allocated_quantity = 1"),
        ('dealer.allocation', 'dealer.allocation.line'),
    ),
    'dealer.price.change': (SQL("state = 'submitted', new_pricelist_id = pricelist_id"), ('dealer.price.change',)),
    'dealer.price.deviation': (SQL("state = 'settled'"), ('dealer.price.deviation',)),
    'dealer.price.request': (SQL("state = 'approved'"), ('dealer.price.request', 'dealer.price.request.line')),
    'dealer.rebate.program': (
        SQL("state = 'open'"),
        ('dealer.rebate.program', 'dealer.rebate.band', 'dealer.rebate.condition', 'dealer.rebate.target'),
    ),
    'dealer.rebate.finding': (SQL("state = 'confirmed'"), ('dealer.rebate.finding',)),
    'dealer.complaint.outcome': (SQL("state = 'done'"), ('dealer.complaint.outcome',)),
}


@tagged('post_install', '-at_install')
class TestAccessMoney(AccessCase):
    """The table in tests/data/access_money.csv says who reads and who writes each figure; all else is denied.

    Every amount, price, rate and quantity that the module adds to any model has its row. The records are the own
    dealer's, as drafts; ``w`` is a value that is another one afterwards, and not the mere right to try.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.table = {(row.pop('model'), row.pop('field')): row for row in read_table('access_money')}

    def test_every_figure_has_its_row(self):
        self.assertEqual(self.table.keys(), set(self.get_figures()), 'Add rows to tests/data/access_money.csv.')
        for row in self.table.values():
            self.assertEqual(row.keys(), ACCESS_ROLES.keys(), 'Every role has its column.')

    def get_figures(self):
        """``[(model, field)]``; what belongs to another model, such as the company of the settings, stands there."""
        return [
            (model, field.name)
            for model in sorted(self.env.registry)
            if not self.env[model]._abstract and model != 'res.config.settings'
            for field in self.env[model]._fields.values()
            if field.type in ('monetary', 'float')
            and not field.inherited
            and next(iter(field._modules), None) == 'dealer_management'
        ]

    @mute_logger('odoo.addons.base.models.ir_rule', 'odoo.addons.base.models.ir_model')
    def test_table(self):
        wrong = []
        for role, user in self.users.items():
            self.open_windows(user)
            for (model, name), row in self.table.items():
                record = self.get_record(model)
                actual = 'r' * self.is_read(record, user, name) + 'w' * self.is_written(record, user, name)
                if actual != row[role]:
                    wrong.append(f'{model}, {name}: {role} has "{actual}", not "{row[role]}"')
        self.assertFalse(wrong, '\n'.join(wrong))

    def get_record(self, model):
        found = (self.world.get((model, relation)) for relation in ('own', 'shared', 'mine'))
        return next(records[:1] for records in found if records)

    def is_read(self, record, user, name):
        try:
            record.with_user(user).read([name])
        except AccessError:
            return False
        return True

    def is_written(self, record, user, name):
        """Whether ``user`` can write another value, whatever rule is in the way of one or the other."""
        mine, before = record.with_user(user), record[name]
        if not mine.has_access('write'):
            return False
        return any(
            self.is_value_written(mine, name, value) for value in (before + 1, before / 2 if before else 2, 50, 5)
        )

    def is_value_written(self, mine, name, value):
        before = mine.sudo()[name]
        # Not one that flushes first: what was refused is not tried again by it.
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            mine.write({name: value})
            self.env.flush_all()
            self.env.invalidate_all()
            return abs(mine.sudo()[name] - before) > 1e-9
        except UserError:  # refused: for want of rights, or by a rule
            return False
        finally:
            self.env.transaction.clear()
            savepoint.close(rollback=True)

    @mute_logger('odoo.addons.base.models.ir_rule', 'odoo.addons.base.models.ir_model')
    def test_what_is_decided_is_not_rewritten(self):
        for model, (values, _models) in DECIDED.items():
            records = self.world[model, 'own']
            approver = SQL(', approver_id = %s', self.users['head'].id) if 'approver_id' in records else SQL()
            table = SQL.identifier(records._table)
            self.env.cr.execute(SQL('UPDATE %s SET %s%s WHERE id IN %s', table, values, approver, tuple(records.ids)))
        self.env.transaction.clear()
        decided = {model for _values, models in DECIDED.values() for model in models}
        for model, name in self.table:
            for role in ('staff_own', 'staff', 'manager', 'complaint', 'head') if model in decided else ():
                with self.subTest(model=model, field=name, role=role):
                    self.assertFalse(self.is_written(self.get_record(model), self.users[role], name))
