"""What each command costs before it does anything: its start, beside that of Python and of Prefect's command line.

    python benchmarks/starts.py [--rounds N]

Each command is run as a person would, in a folder with one published dataset of one source. Its seconds are the median
of the rounds. The heavy libraries that it loads are listed too.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
sys.path[:] = [path for path in sys.path if Path(path) != HERE]  # a file here has a package's name

from benchmarks.rows import Fact, Row, report
from benchmarks.website import make_page

BIN = Path(sys.executable).parent
COMMANDS: dict[str, Sequence[str]] = {
    "--help": ("--help",),
    "publish --direct --offline, nothing new": ("publish", "--direct", "--offline"),
    "check": ("check", "--help"),
    "status": ("status",),
    "schema": ("schema",),
    "show": ("show", "p-0/t01"),
    "diff": ("diff", "plans", "1.0.0", "1.0.0"),
    "verify --help": ("verify", "--help"),
    "schedule --help": ("schedule", "--help"),
}
HEAVY = (
    "prefect",
    "pandas",
    "pyarrow",
    "numpy",
    "scipy",
    "requests",
    "pydantic",
    "lxml",
    "bs4",
    "jinja2",
    "distributed",
)
# The most seconds that an unchanged run without Prefect may take.
ANSWERS_WITHIN = 2.0
UNCHANGED = "publish --direct --offline, nothing new"
DATASET = "id: plans\ntitle: Plans\nlicence: CC0-1.0\nsources:\n  - {id: p-0, url: 'https://plans.example/p/0'}\n"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="rounds of measuring; default 3")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        prepare_workspace(folder)
        python = measure_seconds([sys.executable, "-c", "pass"], folder, rounds)
        prefect = measure_seconds([str(BIN / "prefect"), "version"], folder, rounds)
        print(f"Python itself {python:.2f} s, prefect version {prefect:.2f} s", flush=True)
        for name, arguments in COMMANDS.items():
            took = measure_seconds([str(BIN / "policytasks"), *arguments], folder, rounds)
            loads = list_loaded([*arguments], folder)
            print(f"{name:42}{took:6.2f} s  {', '.join(loads) or 'nothing heavy'}", flush=True)
            peers = {"prefect version": prefect, **({"the aim": ANSWERS_WITHIN} if name == UNCHANGED else {})}
            report(Row(name, "s", took, peers), Fact(f"{name} loads", {"policytasks": ", ".join(loads) or "none"}))


def prepare_workspace(folder: Path) -> None:
    """A folder with a published dataset of one plan."""
    from collect.archive import store_capture

    (folder / "datasets").mkdir()
    (folder / "datasets" / "plans.yaml").write_text(DATASET, encoding="utf-8")
    store_capture(
        folder / "data" / "raw",
        make_page(0),
        source_id="p-0",
        url="https://plans.example/p/0",
        fetched_at=datetime(2021, 3, 4, tzinfo=UTC),
        method="by hand",
        media_type="text/html",
        encoding="utf-8",
    )
    for _ in range(2):
        run([str(BIN / "policytasks"), *COMMANDS[UNCHANGED]], folder)


def measure_seconds(command: Sequence[str], folder: Path, rounds: int) -> float:
    """The median of a command's seconds, after one run that does not count."""
    run(command, folder)
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        run(command, folder)
        took.append(time.perf_counter() - begun)
    return median(took)


def list_loaded(arguments: Sequence[str], folder: Path) -> list[str]:
    """Which of the heavy libraries a command loads."""
    log = run([sys.executable, "-X", "importtime", str(BIN / "policytasks"), *arguments], folder).stderr
    names = {line.rpartition("|")[2].strip() for line in log.splitlines() if line.startswith("import time:")}
    return [name for name in HEAVY if any(module.startswith(f"{name}.") for module in names)]


def run(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder. Ends this program if it fails."""
    environment = os.environ | {"POLICYTASKS_CACHE": str(folder / "cache"), "PREFECT_HOME": str(folder / "prefect")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"{' '.join(command)}: ended with {done.returncode}\n{done.stderr[-2000:]}")
    return done


if __name__ == "__main__":
    main()
