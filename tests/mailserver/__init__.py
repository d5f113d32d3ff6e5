"""Real mail servers on loopback, for tests: `SmtpSink` takes mail, `ImapServer` holds mailboxes, `Scripted` lies.

All are context managers with `.host` and `.port`; the first two also `.ca_file` and `.messages`.
"""

from tests.mailserver.certificates import Authority, authority
from tests.mailserver.imap import ImapServer
from tests.mailserver.scripted import Scripted
from tests.mailserver.smtp import Fault, SmtpSink, Taken

__all__ = ["Authority", "Fault", "ImapServer", "Scripted", "SmtpSink", "Taken", "authority"]
