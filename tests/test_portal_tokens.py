import re
import secrets
from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import config, consteq, mute_logger

from ..controllers import certificate, price_change_portal
from ..models import dealer_authorization_certificate
from ..tools.guess_limit import GuessLimit
from .portal_world import PortalWorldCase

# Every secret of the module that opens something to whoever has it.
TOKENS = {'dealer.authorization.certificate_token', 'dealer.price.change.dealer.access_token'}
# 128 bits, six a character.
LENGTH_MIN = 22


@tagged('post_install', '-at_install')
class TestPortalTokens(PortalWorldCase):
    """What opens a page cannot be guessed, not even by somebody patient."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.path = f'/certificate/{cls.own.grant.certificate_number}/{cls.own.grant.sudo().certificate_token}'
        cls.wrong_path = f'{cls.path[:-1]}{"A" if cls.path[-1] != "A" else "B"}'

    # -------------------------------------------------------------------- Tokens

    def test_every_token_is_looked_at(self):
        found = {
            f'{name}.{field.name}'
            for name, model in self.env.registry.items()
            if name.startswith('dealer.') and not model._abstract
            for field in model._fields.values()
            if field.type == 'char' and field.store and re.search('token|secret|password', field.name)
        } - {f'{name}.access_token' for name in self.env.registry['portal.mixin']._inherit_children}
        self.assertEqual(found, TOKENS)
        for token in TOKENS:
            model, _dot, name = token.rpartition('.')
            self.assertEqual(self.env[model]._fields[name].groups, 'base.group_system')
            self.assertFalse(self.env[model]._fields[name].copy)

    def test_tokens_come_from_the_systems_randomness(self):
        with patch.object(secrets, 'token_urlsafe', wraps=secrets.token_urlsafe) as drawn:
            made = [self.env['dealer.price.change.dealer'].default_get(['access_token'])['access_token']]
            self.assertEqual(drawn.call_count, 1)
            grant = self.make_grant(
                self.own.dealer,
                self.make_territory('Elsewhere', False, {'state_id': self.env.ref('base.state_cn_HN').id}),
                date_from=self.today,
                date_to=self.today + timedelta(days=300),
            )
            self.approve(grant)
            self.assertEqual(drawn.call_count, 2)
        made += [grant.sudo().certificate_token, self.own.change.access_token, self.own.grant.sudo().certificate_token]
        self.assertEqual(len(set(made)), len(made))
        for token in made:
            self.assertGreaterEqual(len(token), LENGTH_MIN)
            self.assertRegex(token, r'^[\w-]+$')
        self.assertFalse(grant.copy().sudo().certificate_token)

    def test_tokens_are_compared_in_constant_time(self):
        self.log_in(self.own.login)
        for module, path in (
            (dealer_authorization_certificate, self.path),
            (dealer_authorization_certificate, self.wrong_path),
            (dealer_authorization_certificate, '/certificate/none/none'),
            (price_change_portal, self.own.change._get_portal_url()),
            (price_change_portal, '/my/price-changes/none'),
        ):
            with self.subTest(path), patch.object(module, 'consteq', wraps=consteq) as compared:
                self.url_open(path)
                self.assertTrue(compared.called)

    def test_tokens_are_not_written_down(self):
        """Neither in our log, nor in what is kept of a record's changes."""
        self.log_in(self.own.login)
        with self.assertLogs('odoo.addons.dealer_management', 'DEBUG') as logged:
            for path in (self.path, self.wrong_path, self.own.change._get_portal_url()):
                self.url_open(path)
            certificate._logger.debug('Something is logged.')
        for token in (self.path, self.wrong_path, self.own.change.access_token):
            self.assertNotIn(token.rpartition('/')[2], '\n'.join(logged.output))
        self.assertFalse(
            self.env['mail.tracking.value'].search(
                [('field_id.name', 'in', [token.rpartition('.')[2] for token in TOKENS])], limit=1
            )
        )

    def test_odoos_own_token_opens_no_statement(self):
        """A statement has an address in the portal, as Odoo has it; the token that comes with it opens nothing."""
        token = self.own.payout.sudo()._portal_ensure_token()
        for login in (self.rival.login, None):
            self.log_in(login)
            for end in ('', '.pdf', '.xlsx'):
                path = f'{self.own.payout.access_url}{end}?access_token={token}'
                with self.subTest(login=login, path=path):
                    self.assertEqual(self.request('GET', path).status_code, 303)

    def test_token_of_a_change_that_does_not_come(self):
        """Whoever was not told of it yet is not told of it by its address either."""
        self.log_in(self.own.login)
        self.assertEqual(self.request('GET', self.own.change._get_portal_url()).status_code, 200)
        self.own.change.change_id.with_user(self.approver).action_cancel()
        self.assertEqual(self.request('GET', self.own.change._get_portal_url()).status_code, 303)

    # ------------------------------------------------------------------- Guesses

    def ask(self, path, visitor):
        """Ask as a visitor of that address does, through a proxy."""
        return self.url_open(path, headers={'X-Forwarded-For': visitor, 'X-Forwarded-Host': 'dealers.example'})

    @mute_logger('odoo.addons.dealer_management.controllers.certificate')
    def test_who_guesses_waits(self):
        now = [0.0]
        self.patch(certificate, 'WRONG_CODES', GuessLimit(most=3, seconds=60, visitors=5, clock=lambda: now[0]))
        self.startPatcher(patch.dict(config.options, {'proxy_mode': True}))
        for _scan in range(5):
            self.assertEqual(self.ask(self.path, '8.8.4.4').status_code, 200, 'Right codes do not count.')
        for _guess in range(3):
            self.assertEqual(self.ask(self.wrong_path, '8.8.4.4').status_code, 404)
        grants = type(self.env['dealer.authorization'])
        with patch.object(grants, '_find_by_certificate', side_effect=AssertionError('It is looked up.')):
            refused = [self.ask(path, '8.8.4.4') for path in (self.wrong_path, self.path)]
        self.assertEqual([response.status_code for response in refused], [429, 429])
        self.assertEqual(refused[0].headers['Retry-After'], '60')
        self.assertEqual(refused[0].text, refused[1].text, 'Right and wrong are answered alike.')
        self.assertIn('Please wait a little', refused[0].text)
        self.assertEqual(self.ask(self.path, '9.9.9.9').status_code, 200, 'Nobody else waits.')
        now[0] = 60.0
        self.assertEqual(self.ask(self.path, '8.8.4.4').status_code, 200)

    def test_waiting_costs_no_query_more(self):
        self.patch(certificate, 'WRONG_CODES', GuessLimit(most=0, seconds=60, visitors=5))
        self.startPatcher(patch.dict(config.options, {'proxy_mode': True}))
        certificate.WRONG_CODES.count('8.8.4.4')
        self.ask(self.path, '8.8.4.4')
        with self.assertQueryCount(3):  # who asks, as for any page
            self.assertEqual(self.ask(self.path, '8.8.4.4').status_code, 429)

    def test_a_proxy_that_nobody_named_is_no_visitor(self):
        """Behind one, everybody has its address: nobody is kept out for another one's guesses."""
        self.patch(certificate, 'WRONG_CODES', GuessLimit(most=3, seconds=60, visitors=5))
        for _guess in range(6):
            self.assertEqual(self.url_open(self.wrong_path).status_code, 404)
        self.assertEqual(self.url_open(self.path).status_code, 200)
