"""What a person sees on the command line, run as a person would run it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import DATASET, NOWHERE, POLICYTASKS, Desk, Site, run_command

PIER = "Build a pier for night ferries."


def published(desk: Desk) -> list[str]:
    """What lies in the dataset's folder, the catalog's pages apart."""
    folder = desk.shelf / "harbour"
    names = (path.name for path in folder.iterdir()) if folder.exists() else ()
    return sorted(name for name in names if name[0].isdigit() or name in {"latest", "releases.json", "sources.json"})


def tasks(desk: Desk, version: str = "latest") -> pd.DataFrame:
    return pd.read_parquet(desk.shelf / "harbour" / version / "tasks.parquet")


def changes(desk: Desk, version: str = "latest") -> pd.DataFrame:
    return pd.read_parquet(desk.shelf / "harbour" / version / "changes.parquet")


def test_the_main_job_publishes_and_shows_what_is_on_the_shelf(harbour: Desk) -> None:
    done = harbour.run("publish", "--direct", "--offline")
    assert done.returncode == 0, done.stderr
    assert published(harbour) == ["1.0.0", "latest", "releases.json", "sources.json"]
    for line in (
        "published 1.0.0",
        "tasks",
        "7 rows",
        "✓ “seven key tasks” (found 7)",
        "data/published/harbour/latest/",
        "read_parquet",
    ):
        assert line in done.stdout
    assert "using the archived capture of 2021-04-02" in done.stderr
    assert len(tasks(harbour)) == 7


def test_a_second_run_says_nothing_changed_and_writes_nothing(harbour: Desk) -> None:
    harbour.run("publish", "--direct", "--offline")
    before = {path: path.stat().st_mtime_ns for path in harbour.home.root.rglob("*")}
    done = harbour.run("publish", "--direct", "--offline")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "harbour: nothing changed; 1.0.0 stays the newest")
    assert {path: path.stat().st_mtime_ns for path in harbour.home.root.rglob("*")} == before


def test_the_source_changes_and_the_version_says_how(harbour: Desk, report: str) -> None:
    harbour.run("publish", "--direct", "--offline")
    first = tasks(harbour).set_index("text")["task_id"].to_dict()
    story = [
        (report := report.replace(PIER, "Build a jetty for night ferries."), "1.0.1"),
        (
            report := report.replace("seven key tasks", "eight key tasks").replace(
                "Source: The", "8. Plant trees along the walls.\n\nSource: The"
            ),
            "1.1.0",
        ),
        (report.replace("eight key tasks", "seven key tasks").replace("4. Train teachers together.\n", ""), "2.0.0"),
    ]
    for text, version in story:
        harbour.capture(text)
        done = harbour.run("publish", "--direct", "--offline")
        assert done.returncode == 0, done.stderr
        assert f"published {version}" in done.stdout
        kept = tasks(harbour).set_index("text")["task_id"].to_dict()
        assert {text: kept[text] for text in first if text in kept}.items() <= first.items()
    assert published(harbour) == ["1.0.0", "1.0.1", "1.1.0", "2.0.0", "latest", "releases.json", "sources.json"]
    (altered,) = changes(harbour, "1.0.1").to_dict("records")
    assert altered["column_name"] == "text"
    assert altered["before"].startswith(PIER)
    assert altered["after"].startswith("Build a jetty")
    assert changes(harbour, "2.0.0").query("change == 'removed'")["row_id"].tolist() == ["harbour-2021/t04"]


def test_a_dry_run_says_what_would_be_and_writes_nothing(harbour: Desk) -> None:
    done = harbour.run("publish", "--direct", "--dry-run")
    assert done.returncode == 0
    assert "would publish 1.0.0" in done.stdout
    assert not harbour.shelf.exists()


def test_a_dry_run_says_whom_it_would_ask_what_it_would_read_and_what_would_change(harbour: Desk, report: str) -> None:
    harbour.run("publish", "--direct", "--offline")
    unchanged = harbour.run("publish", "--direct", "--dry-run").stdout
    assert unchanged.splitlines()[0].startswith("harbour: nothing would change; 1.0.0 stays the newest (dry run")
    assert "  read      nothing new" in unchanged
    harbour.capture(report.replace(PIER, "Build a jetty for night ferries."))
    before = sorted(harbour.home.root.rglob("*"))
    done = harbour.run("publish", "--direct", "--dry-run")
    assert done.returncode == 0
    for line in (
        "harbour: would publish 1.0.1: 1 task reworded (dry run, nothing was written)",
        f"  fetch     harbour-2021: {NOWHERE}",
        "… of 2021-04-03",
        "  change    tasks: 0 added, 0 removed, 1 altered",
        "  example   tasks harbour-2021/t02 text: ",
    ):
        assert line in done.stdout
    assert (
        "  fetch     nothing, only the archive is read"
        in harbour.run("publish", "--direct", "--dry-run", "--offline").stdout
    )
    assert sorted(harbour.home.root.rglob("*")) == before


def test_a_dry_run_of_what_would_be_refused_shows_the_difference_and_the_mend(harbour: Desk, report: str) -> None:
    harbour.run("publish", "--direct", "--offline")
    harbour.capture(report.replace("4. Train teachers together.\n", ""))
    done = harbour.run("publish", "--direct", "--dry-run")
    assert done.returncode == 1
    assert "would not publish 2.0.0 (1 task removed" in done.stdout
    assert "claims-still-hold does not hold" in done.stdout
    assert "tasks: 0 added, 1 removed" in done.stdout


def test_with_a_network_the_page_is_fetched_and_read_live(desk: Desk, site: Site) -> None:
    page = (Path(__file__).parent.parent / "fixtures" / "harbour-towns.html").read_bytes()
    desk.write_dataset(DATASET.format(url=site.page("/plan", page)))
    done = desk.run("publish", "--direct")
    assert done.returncode == 0, done.stderr
    assert "content: the first look at it" in done.stderr
    assert len(tasks(desk)) == 4


def test_a_live_page_with_the_same_article_changes_nothing(harbour: Desk, site: Site, report: str) -> None:
    harbour.run("publish", "--direct", "--offline")
    harbour.write_dataset(
        DATASET.format(url=site.page("/plan", b"Menu\n\n" + report.encode(), content_type="text/plain"))
    )
    harbour.run("publish", "--direct")
    # The address is content, so it makes one release; the page itself, fetched again with another advert, makes none.
    site.page("/plan", b"Other menu\n\n" + report.encode(), content_type="text/plain")
    done = harbour.run("publish", "--direct")
    assert "nothing changed" in done.stdout
    assert len(list(harbour.home.raw.glob("harbour-2021/*.txt"))) == 3


def test_a_page_without_its_plan_leaves_the_last_good_capture_in_use_and_is_said(harbour: Desk) -> None:
    harbour.run("publish", "--direct", "--offline")
    harbour.capture("We use cookies. Do you agree?")
    done = harbour.run("publish", "--direct", "--offline")
    assert done.returncode == 1
    assert "no task was found" in done.stderr
    assert "using the capture of 2021-04-02 instead" in done.stderr
    assert "nothing changed" in done.stdout


def test_a_server_that_refuses_is_status_1_and_the_archive_feeds_the_release(harbour: Desk, site: Site) -> None:
    harbour.write_dataset(DATASET.format(url=site.page("/plan", b"gone", status=410)))
    done = harbour.run("publish", "--direct")
    assert done.returncode == 1
    assert "answered 410" in done.stderr
    assert published(harbour) == ["1.0.0", "latest", "releases.json", "sources.json"]


def write(text: str) -> Callable[[Desk], object]:
    return lambda desk: desk.write_dataset(text)


def overwrite(pattern: str, text: str) -> Callable[[Desk], object]:
    return lambda desk: next(desk.home.raw.rglob(pattern)).write_text(text)


# What is wrong, the exit status, and what is in the one line.
BAD: dict[str, tuple[Callable[[Desk], object], int, str]] = {
    "a wrong key": (write(DATASET.replace("title", "titel")), 2, "harbour.yaml:2: titel: "),
    "a wrong type": (write(DATASET.replace("Tasks of the harbour towns", "[1]")), 2, "title: "),
    "a check that does not exist": (
        write(DATASET.format(url=NOWHERE) + "accept: [{check: claims, reason: they are wrong}]\n"),
        2,
        "accept[0].check: 'claims' is not a check that can be accepted; name one of",
    ),
    "no yaml": (write("{"), 2, "is not YAML"),
    "a missing capture": (
        lambda desk: next(desk.home.raw.rglob("*.txt")).unlink(),
        1,
        "the raw capture is missing; restore",
    ),
    "an altered capture": (overwrite("*.txt", "1. Build"), 1, "the raw capture was altered"),
    "a broken record": (overwrite("*.jsonl", "{}\n"), 1, "captures.jsonl:1: is no"),
    "no capture": (lambda desk: shutil.rmtree(desk.home.raw), 1, "holds no capture; run once without --offline"),
    "a file where the shelf should be": (lambda desk: desk.shelf.write_text(""), 1, "cannot be written"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_with_the_mend_and_nothing_is_written(harbour: Desk, case: str) -> None:
    spoil, status, message = BAD[case]
    spoil(harbour)
    before = sorted(harbour.home.root.rglob("*"))
    done = harbour.run("publish", "--direct", "--offline")
    assert done.returncode == status, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("policytasks: ")]
    assert len(lines) == 1
    assert message in lines[0]
    assert "Traceback" not in done.stderr
    assert sorted(harbour.home.root.rglob("*")) == before


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "the document is empty"), ("The towns met.", "no task was found"), ("\0\0", "the document is empty")],
)
def test_a_document_without_tasks_publishes_nothing(desk: Desk, text: str, said: str) -> None:
    desk.capture(text)
    done = desk.run("publish", "--direct", "--offline")
    assert done.returncode == 1
    assert said in done.stderr.splitlines()[-1]
    assert not desk.shelf.exists() or not published(desk)


def without_privilege() -> list[str]:
    """What runs a command so that file permissions bind it, also if the tests run as root."""
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        pytest.skip("runs as root, and setpriv, which would bind root to permissions, is not there")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--inh-caps=-all"]


@pytest.mark.parametrize("depth", ["home", "shelf", "dataset"])
def test_a_read_only_output_folder_is_one_line(harbour: Desk, report: str, depth: str) -> None:
    harbour.run("publish", "--direct", "--offline")
    harbour.capture(report.replace(PIER, "Build a jetty."))
    folder = {
        "home": harbour.home.root / "data",
        "shelf": harbour.shelf,
        "dataset": harbour.shelf / "harbour",
    }[depth]
    if depth != "dataset":
        shutil.rmtree(harbour.shelf / "harbour")
    if depth == "home":
        shutil.rmtree(harbour.shelf)
    before = sorted(harbour.home.root.rglob("*"))
    folder.chmod(0o555)
    try:
        done = subprocess.run(
            [*without_privilege(), *POLICYTASKS, "publish", "--direct", "--offline", "--home", harbour.home.root],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        folder.chmod(0o755)
    assert done.returncode == 1
    assert "cannot be written (Permission denied); check its permissions" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert sorted(harbour.home.root.rglob("*")) == before


def test_claims_that_stop_holding_keep_the_last_release(harbour: Desk, report: str) -> None:
    harbour.run("publish", "--direct", "--offline")
    harbour.capture(report.replace("4. Train teachers together.\n", ""))
    done = harbour.run("publish", "--direct", "--offline")
    assert done.returncode == 1
    assert "not published, claims-still-hold does not hold" in done.stderr
    assert published(harbour) == ["1.0.0", "latest", "releases.json", "sources.json"]
    accept = "accept:\n  - check: claims-still-hold\n    reason: the town hall miscounted\n"
    harbour.write_dataset(DATASET.format(url=NOWHERE) + accept)
    done = harbour.run("publish", "--direct", "--offline")
    assert done.returncode == 0, done.stderr
    assert "2.0.0" in published(harbour)
    checks = json.loads((harbour.shelf / "harbour" / "2.0.0" / "checks.json").read_text())["checks"]
    assert {check["accepted"] for check in checks} == {None, "the town hall miscounted"}


def test_one_dataset_that_fails_does_not_stop_the_others(harbour: Desk) -> None:
    harbour.write_dataset(DATASET.format(url=NOWHERE).replace("harbour", "aaa"), "aaa")
    done = harbour.run("publish", "--direct", "--offline")
    assert done.returncode == 1
    assert "data/raw/aaa-2021/: holds no capture" in done.stderr
    assert published(harbour) == ["1.0.0", "latest", "releases.json", "sources.json"]


@pytest.mark.parametrize(
    "arguments",
    [[], ["publsh"], ["publish", "--of"], ["publish", "--home"], ["publish", "--home", "/nowhere", "--direct"]],
)
def test_bad_usage_is_one_line_and_status_2(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    done = run_command(*arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("policytasks")


def test_outside_a_workspace_its_folder_has_to_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run_command("publish")
    assert done.returncode == 2
    assert "has no datasets/ folder" in done.stderr


def test_below_a_workspace_it_is_found(harbour: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(harbour.home.raw)
    assert run_command("publish", "--direct", "--offline").returncode == 0
    assert published(harbour) == ["1.0.0", "latest", "releases.json", "sources.json"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_in_one_line(harbour: Desk, site: Site, number: signal.Signals) -> None:
    asked, over = threading.Event(), threading.Event()

    def slow(_: object) -> None:
        asked.set()
        over.wait(30)

    site.answers["/plan"] = slow
    harbour.write_dataset(DATASET.format(url=f"{site.url}/plan"))
    arguments: list[str | Path] = [*POLICYTASKS, "publish", "--direct", "--home", harbour.home.root]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert asked.wait(30)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    over.set()
    assert process.returncode == 130
    assert said.splitlines()[-1].startswith("policytasks: interrupted")
    assert "Traceback" not in said
    assert published(harbour) == []


# A run in whose first step a signal comes while a destructor runs, where Python drops what it raises.
LOST_SIGNAL = """
import os, sys
from cli import __main__ as program
from pipeline import run

class Ending:
    def __del__(self):
        os.kill(os.getpid(), {number})
        for _ in range(1_000): pass

collect_sources = run.collect_sources
def collect(*arguments, **options):
    Ending()
    return collect_sources(*arguments, **options)
run.collect_sources = collect
sys.exit(program.run())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_in_a_destructor_ends_the_run_at_its_next_step(harbour: Desk, number: signal.Signals) -> None:
    words = ["publish", "--direct", "--offline", "--home", str(harbour.home.root)]
    command = [sys.executable, "-c", LOST_SIGNAL.format(number=int(number)), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 130, done.stderr
    assert done.stderr.splitlines()[-1].startswith("policytasks: interrupted")
    assert "Exception ignored" not in done.stderr
    assert published(harbour) == []


def test_a_reader_that_leaves_early_is_no_error(harbour: Desk) -> None:
    command = f"{shlex.join(POLICYTASKS)} publish --direct --offline --home '{harbour.home.root}' | true"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_on_a_terminal_the_same_lines_are_shown(harbour: Desk) -> None:
    script = f"import pty, sys; sys.exit(pty.spawn([*{POLICYTASKS!r}, 'publish', '--direct', '--offline', '--home', {str(harbour.home.root)!r}]) >> 8)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0
    assert "read 7 tasks in 3 areas" in done.stdout
    assert "published 1.0.0" in done.stdout


def test_captures_say_where_they_were_taken_from(harbour: Desk) -> None:
    harbour.write_dataset(DATASET.format(url="http://127.0.0.1:9/moved"))
    assert harbour.run("publish", "--direct", "--offline").returncode == 0
    read = {
        name: pd.read_parquet(harbour.shelf / "harbour" / "latest" / f"{name}.parquet")
        for name in ("captures", "documents")
    }
    assert (read["captures"]["url"][0], read["documents"]["url"][0]) == (NOWHERE, "http://127.0.0.1:9/moved")


def test_a_full_disk_is_one_line(harbour: Desk) -> None:
    arguments: list[str | Path] = [*POLICYTASKS, "publish", "--direct", "--offline", "--home", harbour.home.root]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(arguments, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("policytasks: ")
    assert "Traceback" not in done.stderr


def test_a_terminal_without_unicode_is_served_too(harbour: Desk) -> None:
    done = harbour.run("publish", "--direct", "--offline", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "seven key tasks" in done.stdout


def test_a_workspace_without_datasets_is_reported(desk: Desk) -> None:
    (desk.home.datasets / "harbour.yaml").rename(desk.home.datasets / "harbour.yml")
    done = desk.run("publish", "--direct")
    assert (done.returncode, done.stderr) == (2, "policytasks: datasets/: holds no dataset; write one as <id>.yaml\n")


def test_direct_runs_and_questions_about_releases_load_neither_prefect_nor_pandas(harbour: Desk, report: str) -> None:
    script = (
        "import sys; from cli.main import main; main(sys.argv[1:]);"
        "print(sorted(name for name in ('prefect', 'pandas') if name in sys.modules))"
    )

    def run(*words: str) -> list[str]:
        command = [sys.executable, "-c", script, *words, "--home", str(harbour.home.root)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()

    publish = ("publish", "--direct", "--offline")
    outputs = [run(*publish), run(*publish)]
    harbour.capture(report.replace("a pier", "a jetty"))
    outputs += [run(*publish), run("show", "harbour-2021/t01"), run("diff", "harbour")]
    starts = ("published 1.0.0", "nothing changed", "published 1.0.1", "harbour-2021/t01", "1.0.0 → 1.0.1")
    for output, words in zip(outputs, starts, strict=True):
        assert words in "\n".join(output)
        assert output[-1] == "[]"
