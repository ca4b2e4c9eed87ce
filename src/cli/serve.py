"""`policytasks serve`: the catalog in a browser on this machine, as it would be on the web."""

from __future__ import annotations

import argparse
import errno
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cli.selection import add_home_option, find_workspace
from cli.terminal import DONE, CommandError, UsageError

if TYPE_CHECKING:
    from publish.storage.backend import Storage

SUMMARY = "Show the catalog in a browser, on this machine only."

HOST = "127.0.0.1"
PORT = 8000
HIGHEST_PORT = 65535
# Seconds that a download may take after Ctrl-C.
SHUTDOWN_SECONDS = 2


def add_parser(commands: Any) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser("serve", help=SUMMARY, description=SUMMARY)
    parser.add_argument(
        "--port", type=int, default=PORT, metavar="PORT", help="port to listen on, 0 for any (default: %(default)s)"
    )
    add_home_option(parser)
    parser.set_defaults(run_command=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Serve the catalog until Ctrl-C, which is its normal end."""
    if not 0 <= options.port <= HIGHEST_PORT:
        raise UsageError("is not a port", f"--port {options.port}", f"give one from 1 to {HIGHEST_PORT}")
    storage = find_workspace(options).shelf
    _check_pages(storage)
    try:
        listener = _open_socket(options.port)
    except OSError as error:
        raise CommandError(_explain_error(error), f"port {options.port}", "give another with --port") from error
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


def _open_socket(port: int) -> socket.socket:
    """A socket that listens on this machine's own address. Raises OSError."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


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
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    port = listener.getsockname()[1]
    print(f"serving {storage.describe()} on http://{HOST}:{port}/ (Ctrl-C ends it)", flush=True)
    uvicorn.Server(settings).run(sockets=[listener])


def _explain_error(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "is in use by another program"
    return f"cannot be opened ({error.strerror or error})"
