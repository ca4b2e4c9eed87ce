"""`policytasks publish` and `policytasks schedule` with Prefect: its settings, and its errors as one line.

This module imports Prefect in its functions, since Prefect reads its settings as it is imported.
"""

from __future__ import annotations

import io
import logging
import os
import subprocess
from contextlib import redirect_stderr
from pathlib import Path
from types import SimpleNamespace

from pydantic import ValidationError

from config.errors import ConfigurationError
from config.models import is_web_address
from pipeline.errors import OrchestratorError
from pipeline.lifeline import start_module
from pipeline.run import RunResult

log = logging.getLogger(__name__)

# How Prefect runs under a command; each can be overridden in the environment.
SETTINGS = {
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",  # its first start makes a database
    # Kept with the flow run.
    "PREFECT_LOGGING_EXTRA_LOGGERS": "collect,extract,transform,publish,catalog,pipeline,flows",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",  # people read our lines; Prefect's own would show tracebacks
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",  # nothing is sent anywhere
    "DO_NOT_TRACK": "1",
}
FIX = "see that PREFECT_API_URL names a running server or is not set, or run with --direct"


def configure_prefect() -> None:
    """Set Prefect up for a command. Raises ConfigurationError if one of its own settings is not valid."""
    for setting, value in SETTINGS.items():
        os.environ.setdefault(setting, value)
    if not os.environ.get("PREFECT_API_URL"):
        os.environ.pop("PREFECT_API_URL", None)  # an empty one would be taken for a server
    try:
        with redirect_stderr(io.StringIO()):  # it prints what a setting is that is not valid, which can be a password
            from prefect.settings import get_current_settings

        settings = get_current_settings()
    except ValidationError as error:
        first = error.errors()[0]
        setting = f"{error.title}, {'.'.join(map(str, first['loc']))}"
        what = f"its setting is not valid: {first['msg']}"  # and not what it is: some are keys and passwords
        # The cause is not chained: its text has the value.
        raise ConfigurationError(what, f"Prefect ({setting})", "correct it, or remove it") from None
    _check_server(settings.api.url, settings.api.key.get_secret_value() if settings.api.key else "")


def _check_server(url: str | None, key: str) -> None:
    """Raise ConfigurationError if Prefect's client could not send a request with these; neither is repeated."""
    import httpx

    try:
        is_address = not url or (is_web_address(url) and bool(httpx.URL(url).host))
    except httpx.InvalidURL:
        is_address = False
    if not is_address:
        raise ConfigurationError("is not the address of a server", "PREFECT_API_URL", "write http://host:4200/api")
    if not (key.isascii() and key.isprintable()):
        what = "has characters that no key has (other than those of ASCII, or invisible ones)"
        raise ConfigurationError(what, "PREFECT_API_KEY", "copy it again")


def publish_with_prefect(home: Path, dataset_id: str, *, offline: bool, dry_run: bool) -> RunResult:
    """Run the flow `publish-dataset` in this process; `home` is the workspace's folder. Raises PolicyTasksError."""
    configure_prefect()
    if "PREFECT_API_URL" not in os.environ:
        log.info("starting Prefect's embedded server (10 to 40 s; not needed with a running server or with --direct)")
    from config.text import summarise_message
    from flows.errors import is_prefect_error
    from flows.publish_dataset import publish_dataset

    _start_server_with_lifeline()
    try:
        return publish_dataset(dataset_id, str(home), offline=offline, dry_run=dry_run)
    except Exception as error:
        if not is_prefect_error(error):
            raise
        raise OrchestratorError(f"Prefect could not run it ({summarise_message(error)})", dataset_id, FIX) from error


def _start_server_with_lifeline() -> None:
    """Have Prefect start its embedded server in a session of its own, so that it ends last, and with this process.

    Prefect starts it in the process group of the terminal, so that Ctrl-C ends it too: it would be gone before the run
    could report how it ended, which Prefect then tries for more than a minute. And if this process is killed, Prefect's
    server would go on for ever.
    """
    from prefect.server.api import server

    vars(server)["subprocess"] = SimpleNamespace(**{**vars(subprocess), "Popen": start_module})
