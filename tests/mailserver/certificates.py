"""Certificates of a test's own authority, made once for each test process."""

from __future__ import annotations

import atexit
import functools
import shutil
import ssl
import tempfile
from pathlib import Path

import trustme


class Authority:
    """An authority, and the file that a client trusts it by."""

    def __init__(self) -> None:
        self._ca = trustme.CA()
        folder = Path(tempfile.mkdtemp(prefix="cockpit-ca-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        self._file = folder / "ca.pem"
        self._ca.cert_pem.write_to_path(self._file)

    @property
    def ca_file(self) -> str:
        """What a client names to trust this authority."""
        return str(self._file)

    def context(self, *names: str) -> ssl.SSLContext:
        """A server's TLS for these names or addresses; 127.0.0.1 and localhost when none is given."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(*(names or ("127.0.0.1", "localhost"))).configure_cert(context)
        return context


@functools.cache
def authority() -> Authority:
    """The one that the servers here use."""
    return Authority()
