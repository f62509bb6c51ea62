"""What pytest lacks of Odoo's own runner: an error that is logged fails the test."""

import logging

import pytest


class _Collector(logging.Handler):
    def __init__(self):
        super().__init__(logging.ERROR)
        self.records = []

    def emit(self, record):
        self.records.append(record)


@pytest.fixture(autouse=True)
def fail_on_logged_errors():
    """Expected errors are muted or asserted by the test, and then never come here."""
    collector = _Collector()
    root = logging.getLogger()
    root.addHandler(collector)
    yield
    root.removeHandler(collector)
    if collector.records:
        pytest.fail('logged as error: ' + '; '.join(record.getMessage() for record in collector.records))
