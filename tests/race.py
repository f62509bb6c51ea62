import threading
import time

from psycopg2 import IntegrityError
from psycopg2.errors import DeadlockDetected, SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ConcurrencyError, UserError
from odoo.modules.registry import Registry
from odoo.tests import get_db_name


class RaceMixin:
    """Two connections at once, for real: each commits. The test case has the ``registry``."""

    def race(self, *attempts, head_start=0):
        """Run the attempts at the same time, each in a transaction of its own that began before.

        Odoo runs a transaction again that PostgreSQL could not serialize; so does this.

        :param head_start: seconds that each attempt waits longer than the one before it
        :return: for each attempt the exception that it ended with, or None
        """
        barrier = threading.Barrier(len(attempts))
        outcomes = [None] * len(attempts)

        def run(position, attempt):
            for again in range(8):
                try:
                    with self.registry.cursor() as cr:
                        env = api.Environment(cr, SUPERUSER_ID, {})
                        env['res.company'].search([], limit=1).mapped('name')  # the snapshot is taken
                        if not again:
                            barrier.wait()
                            time.sleep(position * head_start)
                        attempt(env)
                        env.flush_all()
                    outcomes[position] = None
                except (SerializationFailure, DeadlockDetected, ConcurrencyError) as error:
                    outcomes[position] = error
                    continue
                except (IntegrityError, UserError) as error:
                    outcomes[position] = error
                return

        threads = [threading.Thread(target=run, args=item) for item in enumerate(attempts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return outcomes


class RaceWorldMixin(RaceMixin):
    """Races in a world that the test case makes (``make_world(env)``) and removes (``remove_world()``): both
    are committed."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            self.make_world(api.Environment(cr, SUPERUSER_ID, {'tracking_disable': True}))
        self.addCleanup(self.remove_world)
