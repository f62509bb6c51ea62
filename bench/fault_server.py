"""An Odoo server that may be killed, those who use it, and a mail server that never answers."""

import os
import re
import signal
import socket
import subprocess
import sys
import time

import requests

TIMEOUT = 120
TRIES = 12


class Unanswered(Exception):
    """The server gave no answer, or an error: whoever asked knows nothing."""


class Refused(Exception):
    """The server has refused it by a sentence."""


def insist(function):
    """Ask again until there is an answer: a server that was not back yet, or holds a connection that is gone."""
    for again in range(TRIES):
        try:
            return function()
        except Unanswered:
            time.sleep(0.3 * again)
    raise SystemExit(f'no answer after {TRIES} tries')


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class SilentMailServer:
    """Takes connections, and never says a word."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(('127.0.0.1', 0))
        self.listener.listen(128)
        self.port = self.listener.getsockname()[1]


class Server:
    """``python -m odoo`` as a process group of its own; no job runs but those that are asked for."""

    def __init__(self, db_name, cluster, data_dir, smtp_port):
        self.port = free_port()
        self.url = f'http://127.0.0.1:{self.port}'
        self.process = None
        self.starts = 0
        self.command = [
            *(sys.executable, '-m', 'odoo', '-c', os.environ['ODOO_RC'], '-d', db_name, f'--db-filter=^{db_name}$'),
            *(f'--db_host={cluster.socket}', f'--data-dir={data_dir}', f'--http-port={self.port}'),
            *('--max-cron-threads=0', '--smtp=127.0.0.1', f'--smtp-port={smtp_port}', '--log-level=critical'),
        ]

    def start(self):
        self.process = subprocess.Popen(
            self.command, start_new_session=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.starts += 1
        for _again in range(600):
            if self.process.poll() is not None:
                raise SystemExit('the server ended by itself')
            try:
                if requests.get(f'{self.url}/web/login', timeout=TIMEOUT).ok:
                    return
            except requests.RequestException:
                time.sleep(0.2)
        raise SystemExit('the server did not come up')

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.kill()


class Client:
    """Somebody with a browser: what it is not answered did not happen as far as it knows."""

    def __init__(self, server, db_name, login):
        self.server = server
        self.session = requests.Session()
        self.login = login
        self._ask('/web/session/authenticate', db=db_name, login=login, password=login)
        self.csrf_token = None

    def _request(self, method, path, **options):
        try:
            response = self.session.request(method, self.server.url + path, timeout=TIMEOUT, **options)
        except requests.RequestException as error:
            raise Unanswered(str(error)) from error
        if response.status_code >= 400:
            raise Unanswered(f'HTTP {response.status_code}')
        return response

    def _ask(self, path, **params):
        answer = self._request('POST', path, json={'jsonrpc': '2.0', 'params': params}).json()
        if 'error' not in answer:
            return answer['result']
        kind = answer['error']['data']['name']
        if kind.startswith('odoo.exceptions.'):
            raise Refused(answer['error']['data']['message'])
        raise Unanswered(kind)

    def ask(self, path, **params):
        return self._ask(path, **params)

    def call(self, model, method, *arguments, **keywords):
        """A button of the web client."""
        return self._ask(
            f'/web/dataset/call_kw/{model}/{method}', model=model, method=method, args=arguments, kwargs=keywords
        )

    def open_form(self, path):
        """Read the token of a page's form, as a browser keeps it while the page is open."""
        page = self._request('GET', path).text
        self.csrf_token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]

    def send(self, path, values, files):
        """Send a form as its script does; returns what it reads."""
        response = self._request(
            'POST',
            path,
            data={'csrf_token': self.csrf_token, **values},
            files=[('files', (name, content, 'image/jpeg')) for name, content in files],
            headers={'Accept': 'application/json'},
        )
        return response.json()
