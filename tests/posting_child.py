"""A process that posts rebate settlements and can be killed: ``posting_child.py DATABASE BATCH``.

It loads Odoo once and then forks for every command that it reads: ``kill SECONDS`` starts the job and kills it
that much later, ``post NUMBER`` starts as many jobs at once and waits for them. It answers with one line each.
"""

import os
import signal
import sys
import time

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config


def warm_up(db_name):
    """Post a batch and take it back: those that are forked begin with full caches, and are soon at work."""
    with Registry(db_name).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        env['dealer.rebate.run'].search([('state', '=', 'posting')], limit=1)._post_next_batch()
        cr.rollback()


def run_job(db_name, batch, started):
    """Run the job to its end, in a process of its own."""
    from odoo.addons.dealer_management.models import dealer_rebate_run_post  # noqa: PLC0415

    dealer_rebate_run_post.BATCH = batch
    with Registry(db_name).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        os.write(started, b'.')
        env['dealer.rebate.run']._cron_post()


def fork(db_name, batch):
    """Start the job; returns its process once it is at work."""
    begun, started = os.pipe()
    pid = os.fork()
    if not pid:
        code = 1
        try:
            run_job(db_name, batch, started)
            code = 0
        finally:
            os._exit(code)
    os.close(started)
    os.read(begun, 1)
    os.close(begun)
    return pid


def answer(*words):
    sys.stdout.write(' '.join(map(str, words)) + '\n')
    sys.stdout.flush()


def main():
    db_name, batch = sys.argv[1], int(sys.argv[2])
    config.parse_config(['-c', os.environ['ODOO_RC'], '--log-level=critical', '--no-http'])
    warm_up(db_name)
    # Those that are forked open connections of their own.
    odoo.sql_db.close_all()
    answer('ready')
    for command in sys.stdin:
        verb, figure = command.split()
        if verb == 'kill':
            pid = fork(db_name, batch)
            time.sleep(float(figure))
            os.kill(pid, signal.SIGKILL)
            pids = [pid]
        else:
            pids = [fork(db_name, batch) for _number in range(int(figure))]
        answer(*(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids))


if __name__ == '__main__':
    main()
