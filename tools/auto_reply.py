"""Which mails no person has written."""

# Mails to many, and answers by machines, by their Precedence.
MASS_PRECEDENCES = frozenset({'bulk', 'junk', 'list', 'auto_reply'})
# Exchange marks its own answers by machine so; "OOF" alone asks only that nobody's holiday notice comes back.
SUPPRESSED_ANSWERS = frozenset({'all', 'autoreply'})
MACHINES = frozenset({'mailer-daemon', 'postmaster'})


def find_machine(headers):
    """The header that says that a machine has sent a mail.

    :param headers: the mail, or any mapping whose ``get(name)`` returns a header or None
    :return: its name, or None for the mail of a person
    """

    def words(name):
        return {word.strip() for word in str(headers.get(name) or '').lower().replace(';', ',').split(',')} - {''}

    if words('Auto-Submitted') - {'no'}:
        return 'Auto-Submitted'
    if words('Precedence') & MASS_PRECEDENCES:
        return 'Precedence'
    for name in ('X-Autoreply', 'X-Autorespond'):
        if words(name) - {'no'}:
            return name
    if words('X-Auto-Response-Suppress') & SUPPRESSED_ANSWERS:
        return 'X-Auto-Response-Suppress'
    address = str(headers.get('Return-Path') or '').strip()
    if address == '<>' or str(headers.get('From') or '').lower().rpartition('<')[2].partition('@')[0] in MACHINES:
        return 'Return-Path' if address == '<>' else 'From'
    return None
