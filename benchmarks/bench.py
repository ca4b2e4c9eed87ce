"""Run every benchmark, and write what they measured into one document.

    python benchmarks/bench.py [--pages N] [--rounds N] [--documents N] [--many N] [--scale N] [--corpus FOLDER]
                               [--only FILE …] [--to PATH]

Each runs in its own process, one after the other. The whole document is written, or with `--only` the sections of the
named files. Exit status 1 if a benchmark failed, or if policytasks is behind in a row without a reason in `reasons.py`.
"""

from __future__ import annotations

import argparse
import ast
import os
import platform
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:] = [path for path in sys.path if Path(path) != HERE]  # a file here has a package's name

from benchmarks.document import Section, list_unexplained, replace_sections, write_document
from benchmarks.rows import MARK

# Each benchmark, in the order of the document, and its arguments.
BENCHMARKS: dict[str, Callable[[argparse.Namespace], Sequence[str]]] = {
    "side_by_side.py": lambda asked: ("--pages", str(asked.pages), "--rounds", str(asked.rounds)),
    "collect.py": lambda asked: ("--pages", str(asked.pages)),
    "extract.py": lambda asked: (*([str(asked.corpus)] if asked.corpus else []), "--rounds", str(asked.rounds)),
    "release.py": lambda asked: ("--documents", str(asked.documents), "--rounds", str(asked.rounds)),
    "many.py": lambda asked: ("--documents", str(asked.many)),
    "executors.py": lambda asked: ("--documents", str(asked.documents), "--rounds", str(asked.rounds)),
    "scale.py": lambda asked: ("--documents", str(asked.scale), "--datasets", "10"),
    "starts.py": lambda asked: ("--rounds", str(max(3, asked.rounds))),
    "catalog.py": lambda asked: ("--tasks", "30000", "--plans", "900", "--rounds", str(max(3, asked.rounds))),
}


def main() -> None:
    """Run the benchmarks, write the document, and print its path."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pages", type=int, default=500, help="pages that are asked for; default 500")
    parser.add_argument("--rounds", type=int, default=1, help="rounds of measuring; default 1")
    parser.add_argument("--documents", type=int, default=2_000, help="plans of a release; default 2000")
    parser.add_argument("--many", type=int, default=1_000, help="documents of a long run; default 1000")
    parser.add_argument("--scale", type=int, default=2_000, help="documents of the simulation; default 2000")
    parser.add_argument("--corpus", type=Path, help="a folder of HTML files to read; pages are made if not said")
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=tuple(BENCHMARKS), help="all if not said")
    parser.add_argument("--to", type=Path, default=HERE.parent / "docs" / "benchmarks.md", help="the document")
    options = parser.parse_args()
    machine, old = describe_machine(), options.to.exists() and set(options.only) < set(BENCHMARKS)
    before = options.to.read_text(encoding="utf-8") if old else write_document(machine, ())
    try:
        replace_sections(before, write_document(machine, ()))  # raises before an hour of measuring, not after it
    except ValueError as error:
        sys.exit(f"{options.to}: {error}")
    sections = [run_benchmark(file, BENCHMARKS[file](options)) for file in options.only]
    options.to.write_text(replace_sections(before, write_document(machine, sections)), encoding="utf-8")
    print(f"written: {options.to}")
    failures = [f"benchmarks/{section.file}: {section.failed}" for section in sections if section.failed]
    failures += [
        f"benchmarks/reasons.py: has no reason why {row!r} of {file} is behind"
        for file, row in list_unexplained(sections)
    ]
    if failures:
        sys.exit("\n".join(failures))


def run_benchmark(file: str, options: Sequence[str]) -> Section:
    """Run a benchmark, showing what it prints."""
    command, printed = [sys.executable, str(HERE / file), *options], []
    when = f"{datetime.now(UTC):%Y-%m-%d}, commit {describe_commit()}"
    print(f"\n{file} {shlex.join(options)}", flush=True)
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as run,  # noqa: S603
    ):
        for line in run.stdout or ():
            printed.append(line)
            if not line.startswith(MARK):
                print(line, end="", flush=True)
        status = run.wait()
        errors.seek(0)
        lines = errors.read().strip().splitlines()
    failed = (lines or [f"ended with {status}"])[-1] if status else ""
    called = shlex.join((f"benchmarks/{file}", *options))
    return Section(file, describe(HERE / file), called, "".join(printed), failed, when)


def describe(path: Path) -> str:
    """What a benchmark is about: the first line of its docstring."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or path.stem
    return docstring.partition("\n")[0].partition(": ")[0].rstrip(".")


def describe_machine() -> dict[str, str]:
    """The machine on which everything is measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": f"{name_processor()}, {os.cpu_count()} cores",
        "memory": f"{memory:.0f} GiB",
        "system": f"{name_system()}, {platform.system()} {platform.release()}",
        "Python": platform.python_version(),
    }


def name_processor() -> str:
    """The model of the processor, as the system names it."""
    path = Path("/proc/cpuinfo")
    model = re.search(r"^model name\s*: (.+)$", path.read_text(encoding="utf-8") if path.exists() else "", re.MULTILINE)
    return model[1] if model else platform.processor() or platform.machine()


def name_system() -> str:
    """The name of the distribution, or of the system."""
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.platform()


def describe_commit() -> str:
    """The commit that is checked out."""
    command = ("git", "-C", str(HERE), "describe", "--always", "--dirty", "--exclude=*")
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or "unknown"  # noqa: S603


if __name__ == "__main__":
    main()
