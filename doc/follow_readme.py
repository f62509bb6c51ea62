"""Follow README.md word by word on a clean machine: each command, each login that it prints.

``./dev newcomer`` makes the machine, a bare Debian 12 in a folder, and calls this with the folder, with
the path of the repository within it, and with the port that the served product is expected at.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

# Up to here README.md speaks to whoever tries the product; what follows is for its makers.
LAST_HEADING = '## Add it to your Odoo'
COMMAND = re.compile(
    r'^    ((?:ODOO_HOME=\S+ )?\./dev [^#\n]*[^#\s])|`((?:ODOO_HOME=\S+ )?\./dev [^`]+)`', re.MULTILINE
)
LOGIN = re.compile(r'^  (\S.*?) +(\w+) {2,}(\w+)$', re.MULTILINE)
# Its processes and mounts end with it.
ENTER = 'mount --rbind /dev "$1/dev"; mount -t proc proc "$1/proc"; exec chroot "$1" /bin/bash -c "cd $2 && $3"'


def find_commands(text):
    """The commands of README.md in their order, each once; ``./dev up`` is served, all others end."""
    found = [block or inline for block, inline in COMMAND.findall(text.split(LAST_HEADING)[0])]
    return list(dict.fromkeys(found))


class Machine:
    def __init__(self, folder, repository, port):
        self.folder, self.repository, self.base = Path(folder), repository, f'http://localhost:{port}'

    def start(self, command):
        print(f'$ {command}', flush=True)
        return subprocess.Popen(
            [
                *('unshare', '--mount', '--pid', '--fork', '--kill-child', 'bash', '-c', ENTER, 'enter'),
                *(self.folder, self.repository, command),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def run(self, command):
        process = self.start(command)
        lines = [self.show(line) for line in process.stdout]
        if process.wait():
            raise SystemExit(f'"{command}" ended with {process.returncode}')
        if not lines:
            raise SystemExit(f'"{command}" said nothing')

    def serve(self, command):
        """Start the product, log in as everybody whom it names, look at each first screen, and end it."""
        process, told = self.start(command), ''
        for line in process.stdout:
            told += self.show(line)
            if line.startswith('  dealer, in the portal'):
                break
        else:
            raise SystemExit(f'"{command}" ended with {process.wait()} before it was ready')
        if self.base not in told:
            raise SystemExit(f'"{command}" does not say that it is served at {self.base}')
        logins = [match for match in LOGIN.findall(told) if match[1:] != ('login', 'password')]
        print(f'  logging in as {len(logins)}', flush=True)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path='/usr/bin/chromium', args=['--no-sandbox'])
            for who, login, password in logins:
                self.look(browser, who, login, password)
            browser.close()
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C in a terminal does
        for line in process.stdout:
            self.show(line)
        process.wait(120)

    def look(self, browser, who, login, password):
        context = browser.new_context()
        page = context.new_page()
        errors = []
        page.on('pageerror', lambda error: errors.append(str(error)))
        page.goto(f'{self.base}/web/login')
        page.fill('input[name=login]', login)
        page.fill('input[name=password]', password)
        page.click('button[type=submit]')
        page.wait_for_selector('.o_main_navbar, .o_portal_my_home', timeout=120_000)
        page.wait_for_timeout(1000)
        page.screenshot(path=self.folder.with_name('log') / f'newcomer-{login}.png')
        context.close()
        if errors:
            raise SystemExit(f'The first screen of the {who} shows errors: {errors}')
        print(f'  {who}: seen', flush=True)

    @staticmethod
    def show(line):
        print(f'  | {line}', end='', flush=True)
        return line


def main(folder, repository, port):
    machine = Machine(folder, repository, port)
    commands = find_commands((machine.folder / repository.lstrip('/') / 'README.md').read_text())
    if commands[:2] != ['./dev up', './dev test']:
        raise SystemExit(f'README.md does not begin with its two commands, but with {commands[:2]}')
    for command in commands:
        home = re.match(r'ODOO_HOME=/(\S+) ', command)
        if home:  # somebody's Odoo, got elsewhere
            shutil.move(machine.folder / 'srv/odoo_of_the_first_run', machine.folder / home[1])
        if command.endswith('reset --all'):
            shutil.copytree(
                machine.folder / repository.lstrip('/') / '.dev/odoo',
                machine.folder / 'srv/odoo_of_the_first_run',
                symlinks=True,
            )
        (machine.serve if command.endswith('./dev up') else machine.run)(command)
    print(f'README.md was followed: {len(commands)} commands')


main(*sys.argv[1:])
