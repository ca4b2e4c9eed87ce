"""The program itself, serving a shelf to the tests on a port of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import POLICYTASKS

PATIENCE = 30


@contextmanager
def serving(home: Path, **environment: str) -> Iterator[str]:
    """Serve a home's shelf as a person would; gives the address, and ends the program as Ctrl-C does."""
    program = subprocess.Popen(
        [*POLICYTASKS, "serve", "--port", "0", "--home", str(home)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    assert program.stdout is not None
    try:
        said = program.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+/", said)
        assert address, said + program.communicate(timeout=PATIENCE)[1]
        yield address[0]
    finally:
        if program.poll() is None:
            program.send_signal(signal.SIGINT)
        _, complaints = program.communicate(timeout=PATIENCE)
    assert (program.returncode, complaints) == (0, "")
