import ipaddress
import math
import threading
import time
from collections import OrderedDict

# A customer of a network has at least this much of IPv6 to itself: its addresses are one visitor's.
CUSTOMER_PREFIX = 64


def get_visitor(address):
    """Whom to count guesses from this network address for; None for whom nobody can tell apart.

    A private address may be that of a proxy which the server was not told of, with everybody behind
    it: nobody is kept out for what another one does. IPv6 counts by the customer's network.

    :param address: as the server has it, or None
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    found = getattr(found, 'ipv4_mapped', None) or found
    if found.is_private:
        return None
    if found.version == 6:
        return str(ipaddress.ip_network((found, CUSTOMER_PREFIX), strict=False))
    return str(found)


class GuessLimit:
    """How often each visitor has guessed wrong, and who has to wait.

    Kept in the memory of one process: asking makes no query, and each process counts for itself. It
    holds so many visitors and no more, those who guessed last: nobody fills the memory.
    """

    def __init__(self, most, seconds, visitors, clock=time.monotonic):
        """
        :param int most: wrong guesses that a visitor has in ``seconds``
        :param int visitors: how many are remembered
        """
        self.most = most
        self.seconds = seconds
        self.visitors = visitors
        self._clock = clock
        self._lock = threading.Lock()
        # {visitor: (when its first guess was, how many it made since)}, who guessed last at the end
        self._guesses = OrderedDict()

    def __len__(self):
        return len(self._guesses)

    def count(self, visitor):
        """Count one wrong guess of ``visitor``.

        :return: whether it was the last one that it had
        """
        if visitor is None:
            return False
        now = self._clock()
        with self._lock:
            begin, number = self._guesses.pop(visitor, (now, 0))
            if now >= begin + self.seconds:
                begin, number = now, 0
            self._guesses[visitor] = (begin, number + 1)
            while len(self._guesses) > self.visitors:
                self._guesses.popitem(last=False)
        return number + 1 == self.most

    def get_wait(self, visitor):
        """The whole seconds that ``visitor`` has to wait; 0 if it may ask."""
        begin, number = self._guesses.get(visitor, (0, 0))
        if number < self.most:
            return 0
        return max(math.ceil(begin + self.seconds - self._clock()), 0)
