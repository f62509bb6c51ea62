import os
from decimal import Decimal

from .inventory import compare_content, take_content
from .lifecycle_common import MODULE, LifecycleCase
from .traces import TOLERATED, find_traces, take_names

# The demo orders' untaxed total; it changes only with the demo data's own source.
DEMO_TURNOVER = '13338630.11'
# What no uninstallation may touch: each row of them says the same afterwards, in every column that stays.
KEPT = (
    'account_move',
    'account_move_line',
    'account_partial_reconcile',
    'product_pricelist_item',
    'product_product',
    'product_template',
    'res_partner',
    'res_users',
    'sale_order',
    'sale_order_line',
    'stock_move',
    'stock_move_line',
    'stock_picking',
    'stock_quant',
)
# What people keep of the module in Odoo's own tables.
USE = """
from odoo.addons.dealer_management.tests.lifecycle_use import use
use(env)
env.cr.commit()
"""
# Where it is kept, beside the rows that the module itself brings along.
USED = (
    'base_import_mapping.field_name',
    'base_import_mapping.res_model',
    'calendar_event.res_model',
    'ir_act_client.res_model',
    'ir_act_report_xml.model',
    'ir_act_window.res_model',
    'ir_attachment.res_model',
    'ir_embedded_actions.parent_res_model',
    'ir_exports.resource',
    'ir_exports_line.name',
    'ir_filters.context',
    'ir_filters.domain',
    'ir_filters.model_id',
    'ir_filters.sort',
    'ir_model_data.model',
    'ir_ui_view.model',
    'mail_activity.res_model',
    'mail_activity_plan.res_model',
    'mail_activity_type.res_model',
    'mail_followers.res_model',
    'mail_message.model',
    'mail_message_subtype.res_model',
    'mail_scheduled_message.model',
    'mail_template.model',
    'rating_rating.res_model',
    'res_users_settings_embedded_action.res_model',
    'sms_template.model',
)


class TestLifecycle(LifecycleCase):
    """Installed with demo data, upgraded over itself, uninstalled: nothing logged, no trace left."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.db.install('l10n_cn')
        cls.before = cls.take_inventory()
        cls.db.install_with_demo()

    @classmethod
    def execute(cls, query, *arguments):
        return cls.db.execute(query, *arguments)

    @classmethod
    def take_inventory(cls):
        """All tables, columns, constraints, indexes and sequences, and how many rows there are."""
        structure = {
            row
            for query in (
                "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'",
                "SELECT conrelid::regclass::text, conname::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
                "SELECT tablename::text, indexname::text FROM pg_indexes WHERE schemaname = 'public'",
                "SELECT 'sequence', sequencename::text FROM pg_sequences WHERE schemaname = 'public'",
                "SELECT 'type', typname::text FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype = 'r'",
            )
            for row in cls.execute(query)
        }
        ids = {
            row
            for model in ('res.groups', 'ir.model', 'ir.model.fields', 'ir.ui.view', 'ir.ui.menu', 'ir.rule', 'ir.cron')
            for row in cls.execute(
                f"SELECT '{model}', module || '.' || name FROM ir_model_data WHERE model = '{model}'"  # noqa: S608
            )
        }
        parameters = {('parameter', key) for (key,) in cls.execute('SELECT key FROM ir_config_parameter')}
        implied = set(cls.execute("SELECT 'implied', gid || '>' || hid FROM res_groups_implied_rel"))
        return structure | ids | parameters | implied

    def value_of(self, query):
        return self.db.value_of(query)

    def test_life(self):
        """One test: each stage starts from the one before."""
        with self.subTest('demo data'):
            self.check_demo_data()
        with self.subTest('upgrade over itself'):
            before = self.count_rows()
            self.db.upgrade()
            self.assertEqual(self.count_rows(), before)
        with self.subTest('uninstall'):
            self.db.run_script(USE)
            names = take_names(self.db)
            self.assertLessEqual(set(USED), find_traces(self.db, names).keys(), 'There is something to be removed.')
            kept, files = self.get_kept(), self.get_files_of(names.models)
            content = take_content(self.db, KEPT)
            self.db.uninstall()
            left = self.take_inventory()
            # The demo company has a second currency and price lists in use: both features stay on.
            in_use = self.execute(
                "SELECT 'implied', gid || '>' || hid FROM res_groups_implied_rel JOIN ir_model_data ON res_id = hid"
                " WHERE model = 'res.groups' AND name IN ('group_multi_currency', 'group_product_pricelist')"
            )
            self.assertEqual(left - self.before - set(in_use), set(), 'Traces of the module.')
            self.assertEqual(self.before - left, set(), 'It took something that was not its own.')
            self.assertFalse(self.execute("SELECT name FROM ir_model_data WHERE module = 'dealer_management'"))
            traces = find_traces(self.db, names)
            traces = {column: count for column, count in traces.items() if column not in TOLERATED}
            self.assertEqual(traces, {}, 'Rows that name a model or a field which is gone, or the module.')
            self.assertEqual(self.get_waiting(files), files, 'Files of records that are gone.')
            self.assertEqual(self.get_kept(), kept, "What people keep about others' models stays.")
            self.assertEqual(compare_content(content, self.db, ('write_date', 'write_uid')), [])
        with self.subTest('install again'):
            self.db.install(MODULE)
            self.assertEqual(self.value_of('SELECT count(*) FROM res_partner WHERE is_dealer'), 0)

    def get_kept(self):
        """What people keep that needs nothing of the module."""
        return self.execute(
            """SELECT 'filter', name FROM ir_filters WHERE name LIKE 'Kept%%, without dealers'
                UNION ALL
               SELECT resource, line.name FROM ir_exports JOIN ir_exports_line line ON export_id = ir_exports.id
                WHERE ir_exports.name = 'Kept by a user' AND resource NOT LIKE 'dealer.%%' AND line.name = 'display_name'
                UNION ALL
               SELECT 'file', name FROM ir_attachment WHERE name = 'Kept with an order'
                ORDER BY 1, 2"""
        )

    def get_files_of(self, models):
        """The files that only records of ``models`` have."""
        rows = self.execute(
            """SELECT store_fname FROM ir_attachment WHERE res_model = ANY(%s) AND store_fname IS NOT NULL
                EXCEPT
               SELECT store_fname FROM ir_attachment WHERE res_model IS NULL OR res_model != ALL(%s)""",
            models,
            models,
        )
        self.assertTrue(rows)
        return {name for (name,) in rows}

    def get_waiting(self, files):
        """Those of ``files`` that Odoo has put on the list of what its next cleaning removes."""
        return {name for name in files if os.path.exists(os.path.join(self.db.filestore, 'checklist', name))}

    def count_rows(self):
        return {
            table: self.value_of(f'SELECT count(*) FROM {table}')  # noqa: S608
            for table in (
                'res_partner',
                'dealer_type',
                'dealer_tier_period',
                'res_partner_grade',
                'ir_rule',
                'sale_order',
            )
        }

    def check_demo_data(self):
        self.assertEqual(self.value_of('SELECT count(*) FROM res_partner WHERE is_dealer'), 40)
        self.assertEqual(self.value_of('SELECT count(DISTINCT state_id) FROM res_partner WHERE is_dealer'), 8)
        self.assertEqual(self.value_of('SELECT count(DISTINCT grade_id) FROM res_partner WHERE is_dealer'), 3)
        self.assertGreater(self.value_of('SELECT count(*) FROM res_partner WHERE upstream_dealer_id IS NOT NULL'), 10)
        self.assertEqual(
            self.execute(
                """SELECT count(*), count(DISTINCT categ_id) FROM product_template t
                   JOIN ir_model_data d ON d.model = 'product.product' AND d.module = 'dealer_management'
                   JOIN product_product p ON p.id = d.res_id AND p.product_tmpl_id = t.id
                   WHERE t.type = 'consu'"""
            ),
            [(30, 4)],
        )
        self.assertEqual(
            self.execute(
                'SELECT c.chart_template, u.name FROM res_company c JOIN res_currency u ON u.id = c.currency_id WHERE c.id = 1'
            ),
            [('cn', 'CNY')],
        )
        # At least 240 orders that are confirmed, delivered and invoiced, over twelve months; and one of today, paid from
        # a wallet.
        done = """FROM sale_order WHERE state = 'sale' AND delivery_status = 'full' AND invoice_status = 'invoiced'"""
        self.assertGreaterEqual(self.value_of(f'SELECT count(*) {done}'), 240)
        self.assertEqual(self.value_of(f"SELECT count(DISTINCT date_trunc('month', date_order)) {done}"), 13)
        self.assertGreaterEqual(
            self.value_of(
                "SELECT count(DISTINCT date_trunc('month', invoice_date)) FROM account_move"
                " WHERE move_type = 'out_invoice' AND state = 'posted' AND date = invoice_date"
            ),
            12,
        )
        self.assertGreater(
            self.value_of(
                'SELECT count(*) FROM stock_picking p JOIN stock_picking_type t ON t.id = p.picking_type_id'
                " WHERE t.code = 'incoming' AND p.state = 'done'"
            ),
            5,
        )
        self.assertGreater(
            self.value_of("SELECT count(*) FROM account_move WHERE move_type = 'out_refund' AND state = 'posted'"), 10
        )
        self.assertGreater(
            self.value_of("SELECT count(*) FROM account_move WHERE payment_state IN ('paid', 'in_payment')"), 150
        )
        self.assertGreater(self.value_of("SELECT count(*) FROM sale_order WHERE state IN ('draft', 'sent')"), 3)
        self.check_demo_territories()
        self.check_demo_allocation()
        self.check_demo_price_changes()
        self.check_demo_rebates()
        self.check_demo_complaints()
        self.assertEqual(
            self.value_of("SELECT sum(amount_untaxed)::text FROM sale_order WHERE state = 'sale'"), DEMO_TURNOVER
        )

    def check_demo_complaints(self):
        states = dict(self.execute('SELECT state, count(*) FROM dealer_complaint GROUP BY state'))
        self.assertEqual(
            states, {'received': 4, 'analysed': 5, 'solved': 1, 'answered': 1, 'confirmed': 1, 'closed': 18}
        )
        self.assertEqual(self.value_of('SELECT count(*) FROM dealer_complaint WHERE confidential'), 2)
        results = dict(self.execute('SELECT result, count(*) FROM dealer_deadline GROUP BY result'))
        self.assertGreater(results['met'], 60)
        self.assertGreater(results['breached'], 3)
        outcomes = dict(self.execute('SELECT kind, count(*) FROM dealer_complaint_outcome GROUP BY kind'))
        self.assertGreaterEqual(outcomes.keys(), {'replacement', 'return', 'refund'})
        self.assertEqual(
            self.value_of("SELECT count(*) FROM mail_mail WHERE state = 'outgoing'"),
            0,
            'A demonstration writes to nobody.',
        )
        self.assertGreater(self.value_of('SELECT count(*) FROM rating_rating WHERE consumed'), 15)

    def check_demo_territories(self):
        self.assertGreater(self.value_of('SELECT count(*) FROM dealer_territory'), 30)
        states = dict(self.execute('SELECT state, count(*) FROM dealer_authorization GROUP BY state'))
        for state in ('draft', 'submitted', 'active', 'suspended', 'expired', 'revoked'):
            self.assertTrue(states.get(state), state)
        verdicts = dict(
            self.execute(
                'SELECT territory_verdict, count(*) FROM sale_order_line'
                # What replaces what was broken is no order of its own; a wallet pays for goods, and is none.
                " WHERE state = 'sale' AND is_replacement IS NOT TRUE AND is_rebate_wallet IS NOT TRUE GROUP BY 1"
            )
        )
        self.assertNotIn(None, verdicts, 'Every confirmed line is judged, but for what a complaint replaces.')
        self.assertGreater(verdicts['authorized'], 300)
        self.assertEqual(self.value_of("SELECT count(*) FROM dealer_territory_exception WHERE state = 'requested'"), 1)

    def check_demo_allocation(self):
        """More is asked for than there is, and how to share it waits for the manager."""
        self.assertEqual(
            self.execute('SELECT state, claimed_quantity > stock_quantity, allocated_quantity FROM dealer_allocation'),
            [('submitted', True, 150)],
        )
        self.assertGreater(self.value_of('SELECT count(DISTINCT weight) FROM dealer_allocation_line'), 2)

    def check_demo_rebates(self):
        """Four programs, one settled by credit notes, one into wallets; what was accrued, and disputed."""
        states = self.execute('SELECT state, count(*) FROM dealer_rebate_program GROUP BY state ORDER BY state')
        self.assertEqual(states, [('open', 3), ('submitted', 1)])
        self.assertEqual(self.execute('SELECT state, count(*) FROM dealer_rebate_run GROUP BY state'), [('done', 3)])
        [(statements, paid, credited)] = self.execute(
            """SELECT count(*), sum(payout.paid)::text, sum(move.amount_untaxed)::text
                 FROM dealer_rebate_payout payout JOIN account_move move ON move.id = payout.move_id
                WHERE payout.state = 'posted' AND move.state = 'posted' AND move.move_type = 'out_refund'"""
        )
        self.assertGreater(statements, 20)
        self.assertEqual(Decimal(paid), Decimal(credited))
        [(filled, booked)] = self.execute(
            """SELECT sum(payout.paid)::text, sum(move.amount_total)::text
                 FROM dealer_rebate_payout payout JOIN account_move move ON move.id = payout.move_id
                WHERE payout.state = 'posted' AND move.state = 'posted' AND move.move_type = 'entry'"""
        )
        self.assertEqual(Decimal(filled), Decimal(booked))
        self.assertEqual(self.value_of('SELECT count(*) FROM dealer_rebate_wallet_use WHERE amount > 0'), 1)
        self.assertEqual(
            self.execute('SELECT state, count(*) FROM dealer_rebate_accrual GROUP BY state'), [('posted', 2)]
        )
        disputes = self.execute('SELECT state, count(*) FROM dealer_rebate_dispute GROUP BY state ORDER BY state')
        self.assertEqual(disputes, [('open', 1), ('refused', 1)])

    def check_demo_price_changes(self):
        """One is approved and coming, with its figures; nobody was written to."""
        [(state, coming, products, dealers, effect)] = self.execute(
            'SELECT state, date_start > current_date, product_count, dealer_count, effect > 0 FROM dealer_price_change'
        )
        self.assertEqual((state, coming, products, effect), ('approved', True, 30, True))
        self.assertGreater(dealers, 5)
        self.assertEqual(
            self.value_of('SELECT count(*) FROM dealer_price_change_dealer WHERE announced_date IS NULL'), 0
        )
        self.assertEqual(
            self.value_of("SELECT count(*) FROM mail_message WHERE model = 'dealer.price.change.dealer'"), 0
        )
        self.assertEqual(self.value_of('SELECT count(*) FROM dealer_price_deviation'), 2)
