"""An error that ends one thing and not the run: one line for the record, and the traceback of a defect for a report."""

from __future__ import annotations

import hashlib
import logging
import traceback

from config.errors import PolicyTasksError, describe_defect
from config.paths import locate_cache_folder

log = logging.getLogger(__name__)


def explain_error(error: Exception, subject: str) -> str:
    """An error in one line: one of ours as it says, any other as a defect of this program.

    The traceback of a defect is stored for a report, and the log says where; `subject` is what the error ended.
    """
    if isinstance(error, PolicyTasksError):
        return str(error)
    line = f"a defect of this program ({describe_defect(error)})"
    path = store_traceback("".join(traceback.format_exception(error)))
    log.warning("%s: %s%s", subject, line, path and f"; please report {path}")
    return line


def store_traceback(text: str) -> str:
    """Store the traceback of a defect in the cache folder, for a report; the path, empty if it cannot be stored."""
    path = locate_cache_folder() / "defects" / f"{hashlib.sha256(text.encode()).hexdigest()[:12]}.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError:
        return ""
    return str(path)
