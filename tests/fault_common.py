"""What goes wrong around the server: a mail server that does not answer as it should, a disk that is full."""

import builtins
import errno
import os
import smtplib
from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import patch

from odoo.tools import config

from odoo.addons.base.models.ir_mail_server import IrMail_Server


class MailServer:
    """In place of the mail server: counts who asks it, and keeps what it was given.

    :ivar mode: ``works``, ``refuses`` (nobody listens), ``hangs`` (until Odoo has waited long enough) or ``drops``
        (takes the connection, and breaks it off in the middle)
    """

    def __init__(self, mode):
        self.mode = mode
        self.asked = 0
        self.taken = []

    def connect(self, *_arguments, timeout=None, **_options):
        self.asked += 1
        if self.mode == 'refuses':
            raise ConnectionRefusedError(errno.ECONNREFUSED, 'Connection refused')
        if self.mode == 'hangs':
            if not timeout:
                raise AssertionError('whoever asks a mail server that hangs waits for ever')
            raise TimeoutError('timed out')
        return Session(self)

    def to(self, address):
        """The subjects of what was sent to ``address``."""
        return [message['Subject'] for message, people in self.taken if address in people]


class Session:
    """A connection to the mail server, as ``smtplib.SMTP`` is one."""

    user = None
    local_hostname = 'localhost'

    def __init__(self, server):
        self.server = server

    def send_message(self, message, _smtp_from, smtp_to_list):
        if self.server.mode == 'drops':
            raise smtplib.SMTPServerDisconnected('Connection unexpectedly closed')
        self.server.taken.append((message, smtp_to_list))

    def set_debuglevel(self, level):
        """Nothing is shown."""

    def ehlo_or_helo_if_needed(self):
        """Nobody looks at what it can."""

    def quit(self):
        """Nothing is open."""


@contextmanager
def mail_server(mode):
    """Let mails be sent, which tests do not do, to a :class:`MailServer`."""
    server = MailServer(mode)
    with (
        patch.object(IrMail_Server, '_disable_send', lambda *_none: False),
        patch('smtplib.SMTP', server.connect),
    ):
        yield server


@contextmanager
def full_disk(number=errno.ENOSPC):
    """The disk of the file store takes half of a file, and says then that it is full."""
    real_open, store = builtins.open, os.path.join(config['data_dir'], 'filestore')

    def open_file(path, mode='r', *arguments, **options):
        stream = real_open(path, mode, *arguments, **options)
        if mode == 'wb' and str(path).startswith(store):
            stream = _cut_off(stream, number)
        return stream

    with patch('builtins.open', open_file):
        yield


@contextmanager
def _cut_off(stream, number):
    """What is written to ``stream`` is written by half."""

    def take_half(content):
        stream.write(content[: len(content) // 2])
        raise OSError(number, os.strerror(number))

    with stream:
        yield SimpleNamespace(write=take_half)
