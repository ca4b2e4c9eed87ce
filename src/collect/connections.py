"""The connections that pages are fetched over: none into a private network, and none for longer than its limit.

Both are checked when a socket is opened, after every redirect and every look-up of a name, so that no answer of a
server and no trick with names gets around them.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import SplitResult

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

# How often the time limits of transfers are checked.
POLL_SECONDS = 0.2
# Reserved for measuring networks (RFC 2544): some local proxies resolve every name to it, no server is in it.
MEASURING = ipaddress.ip_network("198.18.0.0/15")


class PrivateAddressError(Exception):
    """A host in a private network; the message has its address."""


def is_private(address: str) -> bool:
    """Whether an IP address is loopback, link-local, private or otherwise not of the public internet."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return (not parsed.is_global or parsed.is_multicast) and parsed not in MEASURING


def is_private_host(host: str) -> bool:
    """Whether a host is private by its name: `localhost`, or an address of a private network."""
    try:
        return is_private(host.strip("[]"))
    except ValueError:
        return host.lower() == "localhost" or host.lower().endswith(".localhost")


def format_host_and_port(parts: SplitResult) -> str:
    """The host and port of an address, such as `example.org:443`, also if the address leaves the port out."""
    return f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


class ConnectionGuard:
    """Decides which hosts may be in a private network, and ends transfers that take too long.

    Holds, for one run, the sockets in use, so that they can be closed when their time or the run is over.
    """

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = frozenset(host.lower().replace("[", "").replace("]", "") for host in allowed)
        self._transfers: dict[int, Transfer] = {}
        self._closed = threading.Event()
        self._watcher: threading.Thread | None = None

    def allows(self, host: str, port: int) -> bool:
        """Whether a host may be in a private network."""
        plain = host.lower().strip("[]")
        return plain in self._allowed or f"{plain}:{port}" in self._allowed

    @contextmanager
    def limit_time(self, seconds: float) -> Iterator[Transfer]:
        """Limit this thread's transfer, made in the block, to `seconds`: then its socket is closed and it `expired`."""
        if self._watcher is None:
            self._watcher = threading.Thread(target=self._watch, name="transfers", daemon=True)
            self._watcher.start()
        transfer = self._transfers[threading.get_ident()] = Transfer(time.monotonic() + seconds)
        try:
            yield transfer
        finally:
            del self._transfers[threading.get_ident()]

    def watch_socket(self, handle: _Handle | None) -> None:
        """Note the socket of this thread's transfer. Raise ConnectionAbortedError if the run is over."""
        transfer = self._transfers.get(threading.get_ident())
        if transfer is not None:
            transfer.handle = handle
        if self._closed.is_set():
            raise ConnectionAbortedError("the run is over")

    def close(self) -> None:
        """End all transfers at once."""
        self._closed.set()
        for transfer in list(self._transfers.values()):
            transfer.end()

    def _watch(self) -> None:
        while not self._closed.wait(POLL_SECONDS):
            now = time.monotonic()
            for transfer in list(self._transfers.values()):
                if now > transfer.deadline:
                    transfer.end()


class Transfer:
    """One request and its answer: its deadline (monotonic seconds), its socket, and whether it was ended early."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.handle: _Handle | None = None
        self.expired = False

    def end(self) -> None:
        """Close the connection, which wakes the thread that waits for data."""
        self.expired = True
        if self.handle is not None:
            self.handle.close()


class _Handle:
    """A second descriptor of an open socket, by which it can be shut down after TLS has taken over the first."""

    def __init__(self, made: socket.socket) -> None:
        self._socket = socket.socket(fileno=os.dup(made.fileno()))

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def __del__(self) -> None:
        self._socket.close()


class GuardedAdapter(HTTPAdapter):
    """An adapter of `requests` for one host, whose connections are guarded."""

    def __init__(self, guard: ConnectionGuard) -> None:
        self._guard = guard
        self._pool: Any = None
        super().__init__()

    def get_connection_with_tls_context(self, *arguments: Any, **named: Any) -> Any:
        """The host's pool of connections; looked up once."""
        if self._pool is None:
            self._pool = super().get_connection_with_tls_context(*arguments, **named)
        return self._pool

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        """Make guarded pools of connections; those to a proxy are not guarded, since the proxy looks the names up."""
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = _make_pool_classes(self._guard)


def _make_pool_classes(connection_guard: ConnectionGuard) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(_Guarded, HTTPConnection):
        guard = connection_guard

    class Secure(_Guarded, HTTPSConnection):
        guard = connection_guard

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


class _Guarded:
    """What both kinds of connection add: they refuse private addresses and report their socket to the guard."""

    guard: ConnectionGuard
    host: str
    port: int
    _handle: _Handle | None = None

    def _new_conn(self) -> socket.socket:
        permitted = self.guard.allows(self.host, self.port)
        if not permitted:
            self._refuse_private()
        made: socket.socket = super()._new_conn()  # type: ignore[misc]
        if not permitted and is_private(address := made.getpeername()[0]):  # the name may have changed since
            made.close()
            raise PrivateAddressError(f"{self.host} lies in a private network ({address})")
        self._handle = _Handle(made)
        self.guard.watch_socket(self._handle)
        return made

    def _refuse_private(self) -> None:
        try:
            infos = socket.getaddrinfo(self.host.strip("[]"), self.port, type=socket.SOCK_STREAM)
        except OSError:
            return  # connecting raises it
        addresses = [str(info[4][0]) for info in infos]
        if addresses and all(map(is_private, addresses)):
            raise PrivateAddressError(f"{self.host} lies in a private network ({addresses[0]})")

    def getresponse(self, *arguments: Any, **named: Any) -> Any:
        self.guard.watch_socket(self._handle)
        return super().getresponse(*arguments, **named)  # type: ignore[misc]

    def close(self) -> None:
        self._handle = None
        super().close()  # type: ignore[misc]
