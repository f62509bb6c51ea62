"""Two workers have a database each, and one filestore: neither tidies up what only the other still needs."""

import importlib
import os
from unittest import mock

import pytest


@pytest.fixture(autouse=True, scope='session')
def keep_shared_files():
    """Odoo throws unused files away at the end of each test class; the whole filestore goes with the run."""
    if 'PYTEST_XDIST_WORKER' not in os.environ:
        yield
        return
    # Not before Odoo has been configured.
    common = importlib.import_module('odoo.tests.common')
    with mock.patch.object(common.TransactionCase, '_gc_filestore', classmethod(lambda cls: None)):
        yield
