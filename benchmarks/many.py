"""What a run over many documents costs: the first, by itself and under Prefect, and those after it.

    python benchmarks/many.py [--documents N]

The pages come from a server on loopback. Each run is the command as a person runs it: in the first run all pages are
new, in the second none, in the third one. Prefect's server already runs, as it does for a team; the difference between
the run under Prefect and the run without it is Prefect's share.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:] = [path for path in sys.path if Path(path) != HERE]  # a file here has a package's name

from benchmarks.rows import Fact, Row, report
from benchmarks.side_by_side import format_dataset, measure_command
from benchmarks.website import TASKS, send_command, serve_in_process

DOCUMENTS = 1_000
PUBLISH = [str(Path(sys.executable).parent / "policytasks"), "publish", "--home", "."]
DIRECT = [*PUBLISH, "--direct"]
START_SECONDS = 180


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--documents", type=int, default=DOCUMENTS, help=f"how many pages; default {DOCUMENTS}")
    documents = parser.parse_args().documents
    print(f"{documents:,} pages of 41 KB with {TASKS} tasks each, one host on loopback, no delay", flush=True)
    with tempfile.TemporaryDirectory() as home, serve_in_process(documents) as site, serve_prefect(Path(home)) as api:
        alone, under = Path(home) / "alone", Path(home) / "under-prefect"
        for folder in (alone, under):
            (folder / "datasets").mkdir(parents=True)
            urls = [f"{site}/p/{number}" for number in range(documents)]
            (folder / "datasets" / "lakes.yaml").write_text(format_dataset(urls), encoding="utf-8")
        first = measure_command(DIRECT, alone)
        os.environ["PREFECT_API_URL"] = api
        orchestrated = measure_command(PUBLISH, under)
        unchanged, offline = measure_command(DIRECT, alone), measure_command([*DIRECT, "--offline"], alone)
        send_command(site, f"change/{documents // 2}")
        send_command(site, "stats")
        changed = measure_command(DIRECT, alone)
        served = send_command(site, "stats")
    runs = {
        "first run, under Prefect": (orchestrated, 1.05),
        "nothing changed, every source asked": (unchanged, 0.1),
        "nothing changed, nobody asked": (offline, 0.01),
        "one page changed": (changed, 0.2),
    }
    print(f"{'first run, by itself':40}{first[0]:8.1f} s {first[1]:8.1f} s of processor {first[2] / 1e6:8.0f} MB")
    for name, (cost, most) in runs.items():
        share = cost[0] / first[0]
        print(
            f"{name:40}{cost[0]:8.1f} s {cost[1]:8.1f} s of processor {cost[2] / 1e6:8.0f} MB: {share:.4f} of the first"
        )
        report(Row(name, "s", cost[0], {"first run, by itself": first[0]}, most=most))
        report(Row(f"{name}, processor", "s", cost[1], {"first run, by itself": first[1]}, most=most))
        report(Row(f"{name}, memory", "MB", cost[2] / 1e6, {"first run, by itself": first[2] / 1e6}, most=1.05))
    report(
        Fact("of the changed run: requests, answers of 304, bodies", {"policytasks": format_counts(served)}),
        Fact("seconds a thousand documents, first run", {"policytasks": f"{first[0] / documents * 1000:.1f}"}),
    )


def format_counts(served: dict[str, int]) -> str:
    """What was requested from the server."""
    return f"{served['requests']:,}, {served['unchanged']:,}, {served['pages'] - served['unchanged']:,}"


@contextmanager
def serve_prefect(home: Path) -> Iterator[str]:
    """A Prefect server in a process of its own while the block runs; the address of its API."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"PREFECT_HOME": str(home / "prefect"), "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    command = [str(Path(sys.executable).parent / "prefect"), "server", "start", "--port", str(port), "--no-ui"]
    with (
        (home / "server.log").open("wb") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=log) as server,  # noqa: S603
    ):
        try:
            url = f"http://127.0.0.1:{port}/api"
            end = time.monotonic() + START_SECONDS
            while not is_answering(f"{url}/health"):
                if server.poll() is not None or time.monotonic() > end:
                    sys.exit(f"Prefect's server did not start:\n{(home / 'server.log').read_text()[-2000:]}")
                time.sleep(0.3)
            yield url
        finally:
            server.terminate()


def is_answering(url: str) -> bool:
    """Whether a server answers at an address."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 (ours, on loopback)
            return answer.status == 200
    except OSError:
        return False


if __name__ == "__main__":
    main()
