"""Runs the inputs of a target in a process with the limits of a worker; keeps each that meets a defect or a limit."""

from __future__ import annotations

import os
import random
import resource
import signal
import time
import traceback
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType

from config.errors import describe_defect
from pipeline.read.workers import MEMORY_BYTES
from tests.fuzz.inputs import make_input
from tests.fuzz.targets import TARGETS

# Where the inputs of findings are kept, as TARGET-SEED.
FINDINGS = Path(os.environ.get("POLICYTASKS_FUZZ") or Path(__file__).parents[2] / ".fuzz")
# Seconds of processor for one input. It has 150 KB at most, and a worker gives a document twenty.
SECONDS = 10.0
# Seconds after which a process that says nothing is ended: its input is stuck where no signal reaches it.
PATIENCE = 120.0


class LateError(BaseException):
    """An input takes more than its time; nothing in a reader may catch it."""


def make_seed_input(name: str, seed: int) -> bytes:
    """The input of a seed: the same on every machine."""
    target = TARGETS[name]
    return make_input(random.Random(f"{name} {seed}"), target.files, target.words)


def run_seed(name: str, seed: int) -> str:
    """What is wrong with the input of a seed, in one line; "" where nothing is."""
    return run_input(name, make_seed_input(name, seed))


def run_input(name: str, content: bytes) -> str:
    """What is wrong with an input, in one line; "" where nothing is."""

    def end_late(_number: int, _frame: FrameType | None) -> None:
        raise LateError

    before = signal.signal(signal.SIGPROF, end_late)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        TARGETS[name].read(content)
    except TARGETS[name].allowed:
        return ""
    except LateError as error:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/src/" in frame.filename]
        return f"more than {SECONDS:.0f} seconds, in {frames[-1].name if frames else 'a library'}"
    except MemoryError:
        return "too much memory"
    except Exception as error:  # noqa: BLE001 (whatever it is, it is a finding)
        return describe_defect(error)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return ""


def run_target(name: str, seconds: float, first_seed: int | None = None) -> tuple[int, list[str]]:
    """The number of inputs that were run in so many seconds, and a line for each kind of finding."""
    end = time.monotonic() + seconds
    seed = time.time_ns() // 1_000_000 if first_seed is None else first_seed
    count, findings = 0, dict[str, str]()
    while (left := end - time.monotonic()) > 0:
        ours, theirs = get_context("spawn").Pipe()
        process = get_context("spawn").Process(target=_run_seeds, args=(name, seed, left, theirs))
        process.start()
        theirs.close()
        last, finding = seed, ""
        with suppress(EOFError):
            while ours.poll(PATIENCE):
                last, finding = ours.recv()
                count += not finding
                if finding:
                    _keep(name, last, finding, findings)
        if process.is_alive():
            process.kill()
        process.join()
        ours.close()
        if process.exitcode:
            _keep(name, last, f"the process ended with status {process.exitcode}", findings)
        seed = last + 1
        if not process.exitcode and not finding:
            break
    return count, list(findings.values())


def _keep(name: str, seed: int, finding: str, findings: dict[str, str]) -> None:
    """Keep the first input of each kind of error at each line of the code."""
    words = finding.split()
    kind = f"{words[0]} {words[-1]}"
    if kind not in findings:
        FINDINGS.mkdir(parents=True, exist_ok=True)
        (FINDINGS / f"{name}-{seed}").write_bytes(make_seed_input(name, seed))
        findings[kind] = f"{name} {seed}: {finding}"


def _run_seeds(name: str, seed: int, seconds: float, connection: Connection) -> None:
    """Run one seed after the other; say which before each, and what was found. A finding in memory ends the process."""
    resource.setrlimit(resource.RLIMIT_AS, (max(MEMORY_BYTES, 1), resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        connection.send((seed, ""))
        if finding := run_seed(name, seed):
            connection.send((seed, finding))
            if finding == "too much memory":
                os._exit(0)
        seed += 1
    os._exit(0)
