"""`policytasks serve`: look at the catalog on this machine, as it would be on the web."""

from __future__ import annotations

import argparse
import errno
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cli.selection import add_home_option, find_workspace
from cli.terminal import DONE, FAILED, UsageError, print_message

if TYPE_CHECKING:
    from publish.storage.backend import Storage

HOST = "127.0.0.1"
PORT = 8000
HIGHEST_PORT = 65535
# How long a download may go on after Ctrl-C, in seconds.
SHUTDOWN_SECONDS = 2


def add_parser(commands: Any) -> None:
    """Give the parser this command."""
    parser = commands.add_parser("serve", help="show the catalog in a browser, on this machine alone")
    parser.add_argument("--port", type=int, default=PORT, help=f"where to listen; {PORT} where not given, 0 for any")
    add_home_option(parser)
    parser.set_defaults(run_command=run_command)


def run_command(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C, which is the ordinary end."""
    if not 0 <= options.port <= HIGHEST_PORT:
        raise UsageError("is not a port", f"--port {options.port}", f"give one from 1 to {HIGHEST_PORT}")
    storage = find_workspace(options).shelf
    _check_pages(storage)
    try:
        listener = _open_socket(options.port)
    except OSError as error:
        print_message(f"port {options.port}: {_explain_error(error)}; give another with --port")
        return FAILED
    with listener, suppress(KeyboardInterrupt):  # by which the server is to be ended
        _serve_catalog(storage, listener)
    return DONE


def _check_pages(storage: Storage) -> None:
    """Raises MisuseError where there is nothing to look at, and ShelfError."""
    if storage.has("index.html"):
        return
    if not storage.list_folders(""):
        raise UsageError(f"{storage.describe()}: holds no dataset; run policytasks publish")
    raise UsageError(f"{storage.describe('index.html')}: no pages are written yet; run policytasks publish")


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
    """Raises KeyboardInterrupt once the server has ended on a signal."""
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
    return f"cannot be listened on ({error.strerror or error})"
