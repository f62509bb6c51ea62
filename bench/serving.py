"""A served database, and somebody who visits it: on this machine only."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import requests

# What Odoo writes of each request: status, queries, seconds in the database, seconds besides.
LOGGED = re.compile(r'"[A-Z]+ (\S+) HTTP/1\.\d" (\d{3}) \S+ (\d+) ([\d.]+) ([\d.]+)')


@dataclass(frozen=True)
class Answer:
    """What the server says of one request."""

    path: str
    status: int
    queries: int
    seconds: float


class Server:
    """One server for several databases: the first part of the host's name says which of them."""

    def __init__(self, *databases):
        self.port = self._find_port()
        self.log = Path(tempfile.mkdtemp(prefix='dealer-bench-')) / 'server.log'
        self.process = subprocess.Popen(
            [
                *(sys.executable, '-m', 'odoo', '-c', os.environ['ODOO_RC'], '-d', ','.join(databases)),
                *('--db-filter=^%d$', f'--http-port={self.port}'),
                *('--workers=0', '--max-cron-threads=0', f'--logfile={self.log}'),
                # A request may hold two, one of them read-only: 50 at once never meet an exhausted pool.
                '--db_maxconn=150',
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @staticmethod
    def _find_port():
        with socket.socket() as probe:
            probe.bind(('127.0.0.1', 0))
            return probe.getsockname()[1]

    def __enter__(self):
        for _attempt in range(240):
            if self.process.poll() is not None:
                raise SystemExit(f'the server ended\n{self.log.read_text()[-3000:]}')
            try:
                requests.get(f'http://127.0.0.1:{self.port}/web/health', timeout=30)
                return self
            except OSError:
                time.sleep(0.5)
        self.__exit__()
        raise SystemExit('the server did not come up')

    def __exit__(self, *exception):
        self.process.terminate()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.log.parent)

    def read_size(self):
        """How much has been logged: what is asked after it has an answer after it."""
        return self.log.stat().st_size

    def read_answers(self, since=0):
        """What the server said of the requests ``since`` a size of its log."""
        with self.log.open() as log:
            log.seek(since)
            found = LOGGED.findall(log.read())
        return [
            Answer(path, int(status), int(queries), float(database) + float(rest))
            for path, status, queries, database, rest in found
        ]


class WrongAnswer(Exception):
    """The server did not answer what was asked."""


class Visitor:
    """A browser without a picture: it keeps its session, and refuses what is no right answer."""

    def __init__(self, server, database):
        self.url = f'http://127.0.0.1:{server.port}'
        self.session = requests.Session()
        self.session.headers.update({'Host': f'{database}.localhost'})

    def log_in(self, login, password):
        form = {'login': login, 'password': password, 'csrf_token': self.read_token('/web/login')}
        page = self.post('/web/login', form)
        if 'name="login"' in page:
            raise WrongAnswer(f'{login} could not log in')
        return self

    def read_token(self, path):
        """The token that the form of a page has to send."""
        page = self.get(path)
        found = re.search(r'csrf_token["\']?\s*(?:value=|:)\s*["\']([^"\']+)', page)
        if not found:
            raise WrongAnswer(f'no form in {path}')
        return found[1]

    def get(self, path):
        return self._check(path, self.session.get(self.url + path, timeout=120)).text

    def post(self, path, form, as_json=False, **options):
        answer = self._check(path, self.session.post(self.url + path, data=form, timeout=120, **options))
        return answer.json() if as_json else answer.text

    def ask(self, path, **params):
        """The result of a JSON route."""
        answer = self.session.post(self.url + path, json={'params': params}, timeout=120)
        answer = self._check(path, answer).json()
        if 'error' in answer:
            raise WrongAnswer(f'{path}: {answer["error"]["data"]["debug"][-2000:]}')
        return answer['result']

    def call(self, model, method, *args, **kwargs):
        """The result of a public method, as the web client calls it."""
        path = f'/web/dataset/call_kw/{model}/{method}'
        return self.ask(path, model=model, method=method, args=args, kwargs=kwargs)

    @staticmethod
    def _check(path, answer):
        if answer.status_code != 200:
            raise WrongAnswer(f'{path}: {answer.status_code}\n{answer.text[-2000:]}')
        return answer
