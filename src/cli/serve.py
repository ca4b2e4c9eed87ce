"""Show the catalog in a browser, on this machine only."""

from __future__ import annotations

import argparse
import errno
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from cli.selection import find_workspace
from cli.terminal import DONE, CommandError, UsageError

if TYPE_CHECKING:
    from publish.storage.backend import Storage

HOST = "127.0.0.1"
PORT = 8000
HIGHEST_PORT = 65535


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments and options of this command."""
    parser.add_argument(
        "--port", type=int, default=PORT, metavar="PORT", help="port to listen on, 0 for any (default: %(default)s)"
    )


def run_command(options: argparse.Namespace) -> int:
    """Serve the catalog until Ctrl-C, which is its normal end."""
    if not 0 <= options.port <= HIGHEST_PORT:
        raise UsageError("is not a port", f"--port {options.port}", f"give one from 1 to {HIGHEST_PORT}")
    storage = find_workspace(options).shelf
    _check_pages(storage)
    try:
        listener = socket.create_server((HOST, options.port))
    except OSError as error:
        in_use = error.errno == errno.EADDRINUSE
        what = "is in use by another program" if in_use else f"cannot be opened ({error.strerror or error})"
        raise CommandError(what, f"port {options.port}", "give another with --port") from error
    with listener, suppress(KeyboardInterrupt):
        _serve_catalog(storage, listener)
    return DONE


def _check_pages(storage: Storage) -> None:
    """Raise UsageError unless the shelf has pages."""
    if storage.has("index.html"):
        return
    if not storage.list_folders(""):
        raise UsageError("holds no dataset", storage.describe(), "run policytasks publish")
    raise UsageError("has not been written yet", storage.describe("index.html"), "run policytasks publish")


def _serve_catalog(storage: Storage, listener: socket.socket) -> None:
    """Serve until a signal; raises KeyboardInterrupt then."""
    import uvicorn

    from catalog.server import make_application

    settings = uvicorn.Config(
        make_application(storage),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,  # seconds that a download may take after Ctrl-C
    )
    port = listener.getsockname()[1]
    print(f"serving {storage.describe()} on http://{HOST}:{port}/ (Ctrl-C ends it)", flush=True)
    uvicorn.Server(settings).run(sockets=[listener])
