"""A disk that is full: a small file system in memory, mounted in a name space of its own, as root or with leave."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import POLICYTASKS, Desk

# Publishes three times on a file system of 2 MB: with space, without, and with space again.
STORY = """
import hashlib, json, os, subprocess, sys
from pathlib import Path

home, left, program = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
shelf = Path(home, "data", "published")

def run(*arguments):
    done = subprocess.run([*program, *arguments, "--home", home], capture_output=True, text=True, timeout=300)
    return done.returncode, (done.stderr.splitlines() or [""])[-1]

def publish():
    return run("publish", "--direct", "--offline")

def state():
    # The versions and the listing: pages may follow how the sources are doing, which is told at each run.
    harbour = shelf / "harbour"
    files = [*harbour.glob("1.*/*"), *harbour.glob("latest/*"), harbour / "releases.json"]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

def left_over():
    # What is hidden, and pages that are cut off.
    hidden = [str(path) for path in shelf.rglob(".*") if path.name != ".nojekyll"]
    return hidden + [str(path) for path in shelf.rglob("*.html") if not path.read_text().rstrip().endswith("</html>")]

first = publish()
run("import", f"{home}/second.txt", "--dataset", "harbour", "--source", "harbour-2021", "--date", "2021-05-01")
free = os.statvfs(shelf)
(shelf / "filler").write_bytes(b"0" * (free.f_bavail * free.f_frsize - left))
before = state()
full = publish()
same = state() == before
cut = left_over()
(shelf / "filler").unlink()
again = publish()
versions = sorted(path.parent.name for path in shelf.glob("harbour/*/SHA256SUMS"))
pages = len(list(shelf.glob("harbour/versions/*/index.html")))
print(json.dumps([first, full, same, cut + left_over(), again, versions, pages]))
"""


def run_on_small_disk(folder: Path, size: str, *command: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command with mounts of its own, among them a file system of that size at the folder."""
    if not shutil.which("unshare"):
        pytest.skip("unshare, which would mount a small file system, is not there")
    folder.mkdir()
    own_mounts = ["unshare", "--map-root-user", "--mount"]
    if subprocess.run([*own_mounts, "true"], capture_output=True, timeout=60, check=False).returncode != 0:
        pytest.skip("this user may not mount a small file system")
    mount = f"mount -t tmpfs -o size={size} tmpfs '{folder}' && exec \"$@\""
    mounted = [*own_mounts, "sh", "-c", mount, "sh", *command]
    return subprocess.run(mounted, capture_output=True, text=True, timeout=600, check=False, **options)


@pytest.mark.parametrize("left", [0, 60_000, 150_000])
def test_a_full_disk_is_one_line_and_the_shelf_stays_as_it_was(harbour: Desk, report: str, left: int) -> None:
    text = report.replace("Build a pier for", "Build a jetty for")
    (harbour.home.root / "second.txt").write_text(text, encoding="utf-8")
    story = (sys.executable, "-c", STORY, str(harbour.home.root), str(left), *POLICYTASKS)
    done = run_on_small_disk(harbour.shelf, "2m", *story)
    assert done.returncode == 0, done.stderr
    first, full, same, left_over, again, versions, pages = json.loads(done.stdout)
    assert first[0] == 0, first
    assert full[0] == 1
    assert "cannot be written (No space left on device); check its permissions and the free space" in full[1]
    assert same
    assert left_over == []
    assert again[0] == 0, again
    assert (versions, pages) == (["1.0.0", "1.0.1", "latest"], 2)


def test_a_full_disk_for_temporary_files_is_one_line(harbour: Desk, bucket: str, tmp_path: Path) -> None:
    environment = {**os.environ, "POLICYTASKS_SHELF": bucket, "TMPDIR": str(tmp_path / "small")}
    publish = (*POLICYTASKS, "publish", "--direct", "--offline", "--home", str(harbour.home.root))
    done = run_on_small_disk(tmp_path / "small", "40k", *publish, env=environment)
    assert done.returncode == 1
    assert f"{tmp_path / 'small'}: cannot be written (No space left on device)" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
