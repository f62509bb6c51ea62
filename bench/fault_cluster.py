"""A PostgreSQL cluster that may be killed: of the bench's own, durable as in production, on a Unix socket only."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

# Unlike the cluster of ./dev, which may lose what a power cut interrupts.
SETTINGS = """
listen_addresses = ''
unix_socket_permissions = 0700
fsync = on
full_page_writes = on
synchronous_commit = on
shared_buffers = 128MB
max_connections = 60
"""
USER = os.environ['PGUSER']


def as_server(folder):
    """PostgreSQL refuses to run as root: what goes before its commands, as ``./dev`` has it."""
    if os.geteuid():
        return []
    own = ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups']
    if subprocess.run([*own, 'test', '-x', folder], check=False).returncode:
        own += ['--inh-caps=+dac_override', '--ambient-caps=+dac_override']
    return own


class Cluster:
    """Made in ``folder``, which is its own and is removed with it."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.data = self.folder / 'data'
        self.log = self.folder / 'server.log'
        self.folder.mkdir(parents=True)
        if not os.geteuid():
            shutil.chown(self.folder, 'postgres')
        # A socket's path may have 107 characters.
        self.socket = str(self.folder) if len(str(self.folder)) < 85 else f'/tmp/dealer-faults-{os.getpid()}'
        Path(self.socket).mkdir(exist_ok=True)
        if not os.geteuid():
            shutil.chown(self.socket, 'postgres')
        self.before = as_server(self.folder)
        self.recoveries = 0

    def make(self):
        self._run('initdb', '-D', self.data, '-U', USER, '--auth=trust', '--locale=C.UTF-8', '--encoding=UTF8')
        settings = SETTINGS + f"unix_socket_directories = '{self.socket}'\n"
        with (self.data / 'postgresql.conf').open('a') as stream:
            stream.write(settings)
        self.start()

    def _run(self, *command, check=True):
        return subprocess.run(
            [*self.before, *map(str, command)],
            check=check,
            cwd='/',
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def start(self):
        """Start it, with the recovery after a crash; children of a killed server may take a moment to go."""
        for _again in range(120):
            if not self._run('pg_ctl', '-D', self.data, '-l', self.log, '-w', '-s', 'start', check=False).returncode:
                return
            time.sleep(0.5)
        raise SystemExit(f'PostgreSQL does not start again, see {self.log}')

    def stop_immediately(self):
        """Every process ends at once, nothing is written down: what a crash leaves."""
        self._run('pg_ctl', '-D', self.data, '-m', 'immediate', '-w', 'stop')
        self.recoveries += 1

    def kill_postmaster(self):
        pid = int((self.data / 'postmaster.pid').read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        self.recoveries += 1

    def remove(self):
        self._run('pg_ctl', '-D', self.data, '-m', 'immediate', '-w', 'stop', check=False)
        for folder in {str(self.folder), self.socket}:
            shutil.rmtree(folder, ignore_errors=True)

    def copy_database(self, name):
        """Take over a database of the cluster that ``./dev`` uses."""
        there = ['-h', self.socket, '-U', USER]
        subprocess.run(['createdb', *there, '-T', 'template0', name], check=True)
        dump = subprocess.Popen(['pg_dump', '-Fc', '-Z0', name], stdout=subprocess.PIPE)
        subprocess.run(['pg_restore', *there, '-d', name, '--exit-on-error'], stdin=dump.stdout, check=True)
        if dump.wait():
            raise SystemExit('the database could not be copied')
