"""Faults: the server and PostgreSQL are killed at random moments of what people and jobs do; nothing that was
confirmed is lost, nothing is there twice, and the next try finishes the work. A mail server that never answers, and
a disk that is full.

``BENCH_SEED`` repeats the moments of a run, ``BENCH_KILLS`` takes another number of kills.
"""

import argparse
import contextlib
import logging
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

from common import environment, finish, report
from fault_cluster import Cluster
from fault_operations import KILLS, PortalComplaint, QuickOrder
from fault_server import Client, Refused, Server, SilentMailServer, Unanswered, insist
from fault_world import STAFF, World

import odoo
from odoo.modules.registry import Registry
from odoo.tools import config

SEED = int(os.environ.get('BENCH_SEED') or random.SystemRandom().randrange(10**6))
NUMBER = int(os.environ.get('BENCH_KILLS') or sum(KILLS.values()))
ROOM = 2 * 1024 * 1024


class Bench:
    """The servers, and how they are killed."""

    def __init__(self, db_name, cluster, data_dir):
        self.cluster, self.db_name, self.data_dir = cluster, db_name, data_dir
        self.chance = random.Random(SEED)
        self.mail_server = SilentMailServer()
        self.world = World(db_name)
        self.server = Server(db_name, cluster, data_dir, self.mail_server.port)
        self.ways = {
            'server': self.kill_server,
            'PostgreSQL, immediate stop': lambda: self.kill_cluster(cluster.stop_immediately),
            'PostgreSQL, SIGKILL': lambda: self.kill_cluster(cluster.kill_postmaster),
        }
        self.killed = dict.fromkeys(self.ways, 0)

    def start(self):
        self.server.start()
        self.clients = {login: Client(self.server, self.db_name, login) for login in STAFF if login != 'person'}

    def kill_server(self):
        self.server.kill()
        return self.server.start

    def kill_cluster(self, kill):
        kill()
        return self.cluster.start

    # ------------------------------------------------------------- One kill

    @staticmethod
    def try_until_done(operation):
        """What a user does, or the next run of a job; returns the seconds of the try that was answered."""

        def attempt():
            start = time.perf_counter()
            operation.act()
            return time.perf_counter() - start

        return insist(attempt)

    def interrupt(self, operation, longest):
        """Kill something within the first ``longest`` seconds of a try; returns whether it was at work then."""
        way = self.chance.choice(list(self.ways))
        delay = self.chance.uniform(0, longest)
        odoo.sql_db.close_all()
        attempt = threading.Thread(target=self.act_unseen, args=(operation,))
        attempt.start()
        time.sleep(delay)
        at_work = attempt.is_alive()
        restart = self.ways[way]()
        attempt.join()
        # PostgreSQL's own connections of this process are gone as well.
        odoo.sql_db.close_all()
        restart()
        self.killed[way] += 1
        return at_work

    @staticmethod
    def act_unseen(operation):
        with contextlib.suppress(Unanswered):
            operation.act()

    def look(self, *checks):
        """The sentences of what is wrong."""
        with environment(self.db_name) as env:
            return [sentence for check in checks for sentence in check(env)]

    def run(self, kind, number):
        """Interrupt one kind of operation ``number`` times; returns its line of the report."""
        operation = kind(self.world, self.clients)
        wrong, at_work, confirmed, recovered, times = [], 0, 0, 0, []
        for _round in range(2):
            operation.begin()
            times.append(self.try_until_done(operation))
            wrong += self.look(operation.check, operation.check_finished)
            operation.end()
        for _kill in range(number):
            operation.begin()
            at_work += self.interrupt(operation, 1.1 * statistics.median(times[-5:]))
            wrong += self.look(operation.check)
            confirmed += bool(operation.seen)
            times.append(self.try_until_done(operation))
            problems = self.look(operation.check, operation.check_finished)
            recovered += not problems
            wrong += problems
            operation.end()
        for sentence in wrong:
            print(f'     {operation.name}: {sentence}', flush=True)
        return report(
            f'{operation.name}, killed',
            'nothing lost, nothing twice, the next try finishes it',
            f'{number} kills, {at_work} of them in the middle, {confirmed} with a step confirmed before,'
            f' {recovered} recovered, {len(wrong)} violations',
            not wrong and recovered == number,
        )

    # ---------------------------------------------------------- Without kills

    def measure_mail_down(self, rounds=5):
        """A complaint that somebody is told of by mail, as long as the mail server hangs."""
        operation = PortalComplaint(self.world, self.clients)
        times = []
        for _round in range(rounds):
            operation.begin()
            times.append(self.try_until_done(operation))
            operation.end()
        with environment(self.db_name) as env:
            waiting = env['mail.mail'].search_count([('state', '=', 'outgoing')])
        return report(
            'a complaint while the mail server takes connections and says nothing',
            'no wait for it, its mails in the queue',
            f'{max(times):.2f} s at most, {waiting} mails wait',
            max(times) < 20 and waiting,
        )

    def fill_disk(self):
        """The file store has its own small disk, which is full."""
        store = Path(self.data_dir, 'filestore', self.db_name)
        operation = PortalComplaint(self.world, self.clients)
        kept = Path(f'{store}.kept')
        shutil.copytree(store, kept)
        size = sum(file.stat().st_size for file in kept.rglob('*') if file.is_file()) + ROOM
        mounted = not subprocess.run(
            ['mount', '-t', 'tmpfs', '-o', f'size={size}', 'tmpfs', store], check=False, capture_output=True
        ).returncode
        if not mounted:
            print('     a full disk: no file system can be mounted here; tests/test_faults.py proves it by itself')
            return True
        try:
            shutil.copytree(kept, store, dirs_exist_ok=True)
            filler = store / 'filler'
            with contextlib.suppress(OSError), filler.open('wb') as stream:
                while True:
                    stream.write(b'x' * 4096)
                    stream.flush()
            operation.begin()
            refused = ''
            try:
                operation.act()
            except (Refused, Unanswered) as error:
                refused = str(error)
            wrong = self.look(operation.check)
            with environment(self.db_name) as env:
                wrong += ['something was kept'] if operation.find(env) else []
            order = QuickOrder(self.world, self.clients)
            order.begin()
            self.try_until_done(order)
            filler.unlink()
            self.try_until_done(operation)
            wrong += self.look(operation.check, operation.check_finished, order.check, order.check_finished)
        finally:
            self.server.stop()
            subprocess.run(['umount', store], check=True)
        return report(
            'a complaint with photographs on a disk that is full',
            'a sentence, nothing kept, and the next try works; orders go on',
            f'"{refused}", {len(wrong)} violations {wrong or ""}',
            'cannot keep files' in refused and not wrong,
        )


def share(number):
    """How many kills each operation gets of ``number``."""
    total = sum(KILLS.values())
    return {kind: max(1, round(kills * number / total)) for kind, kills in KILLS.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--without', help='not used')
    parser.add_argument('--with', dest='module', required=True, help='database with the module')
    db_name = parser.parse_args().module
    state = Path(os.environ['ODOO_RC']).parent
    data_dir = state / f'faults-{os.getpid()}'
    cluster = Cluster(state / 'pg' / f'faults-{os.getpid()}')
    bench = None
    # Whoever is told to end cleans up all the same.
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(143))
    try:
        cluster.make()
        cluster.copy_database(db_name)
        shutil.copytree(state / 'data' / 'filestore' / db_name, data_dir / 'filestore' / db_name)
        config.parse_config(
            [
                *('-c', os.environ['ODOO_RC'], '--log-level=critical', '--no-http'),
                *(f'--db_host={cluster.socket}', f'--data-dir={data_dir}'),
            ]
        )
        # What Odoo's own code uses of older libraries is not looked at here.
        logging.getLogger('py.warnings').setLevel(logging.CRITICAL)
        Registry(db_name)
        bench = Bench(db_name, cluster, data_dir)
        bench.start()
        print(f'     seed {SEED}', flush=True)
        results = [bench.run(kind, number) for kind, number in share(NUMBER).items()]
        kills = sum(bench.killed.values())
        print(f'     {kills} kills: {bench.killed}; {cluster.recoveries} recoveries after a crash', flush=True)
        results += [bench.measure_mail_down(), bench.fill_disk()]
    finally:
        if bench:
            bench.server.stop()
        odoo.sql_db.close_all()
        cluster.remove()
        shutil.rmtree(data_dir, ignore_errors=True)
    finish(results)


if __name__ == '__main__':
    main()
