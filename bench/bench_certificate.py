"""The public page behind a certificate: 50 requests a second, for ten seconds, against a served database."""

import os
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

from common import environment, finish, parse_arguments, report

RATE, SECONDS = 50, 10


def make_certificate(db_name):
    """A grant that is in force; returns the path of its page."""
    with environment(db_name, commit=True) as env:
        env.company.country_id = env.ref('base.cn')
        state = env.ref('base.state_cn_GD')
        territory = env['dealer.territory'].create(
            {'name': 'Bench', 'area_ids': [(0, 0, {'country_id': state.country_id.id, 'state_id': state.id})]}
        )
        grant = env['dealer.authorization'].create(
            {
                'dealer_id': env['res.partner'].create({'name': 'Bench dealer', 'is_dealer': True}).id,
                'territory_id': territory.id,
                'date_from': '2020-01-01',
                'date_to': '2099-12-31',
                'state': 'active',
            }
        )
        grant._issue_certificate()
        return (
            f'/certificate/{grant.certificate_number}/{grant.certificate_token}?lang=en_US&place={state.id}&city=Foshan'
        )


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def get(url):
    """``(seconds, HTTP status, whether the answer is there)``"""
    start = time.perf_counter()
    try:
        with urllib.request.urlopen(url, timeout=30) as response:
            body = response.read()
            return time.perf_counter() - start, response.status, b'Yes. This dealer' in body
    except urllib.error.HTTPError as error:
        return time.perf_counter() - start, error.code, False


def wait_for(url):
    for _attempt in range(120):
        try:
            return get(url)
        except OSError:
            time.sleep(0.5)
    raise SystemExit('the server did not come up')


def main():
    _without, module = parse_arguments(__doc__)
    path = make_certificate(module)
    port = free_port()
    server = subprocess.Popen(
        [
            *(sys.executable, '-m', 'odoo', '-c', os.environ['ODOO_RC'], '-d', module),
            *(
                f'--db-filter=^{module}$',
                f'--http-port={port}',
                '--max-cron-threads=0',
                '--log-level=critical',
            ),
        ]
    )
    try:
        url = f'http://127.0.0.1:{port}{path}'
        wait_for(url)
        alone = statistics.median(get(url)[0] for _number in range(20))
        answers, start = [], time.perf_counter()

        def ask(number):
            time.sleep(max(0, start + number / RATE - time.perf_counter()))
            answers.append(get(url))

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(RATE * SECONDS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - start
    finally:
        server.terminate()
        server.wait(timeout=30)
    wrong = sum(status != 200 or not right for _seconds, status, right in answers)
    late = statistics.quantiles((seconds for seconds, _status, _right in answers), n=20)[-1]
    finish(
        [
            report(
                f'{RATE} requests a second for {SECONDS} seconds, one process',
                'all answered rightly, and none left behind',
                f'{len(answers)} in {took:.1f} s, {wrong} wrong; 95 % within {late / alone:.1f} x the time of one alone',
                not wrong and took < SECONDS + 1,
            )
        ]
    )


main()
