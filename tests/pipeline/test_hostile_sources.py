"""Ten sources of which one is hostile: whatever it sends, nine are published, and the tenth has a state and a reason."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from collect import transfer
from pipeline.workspace import Workspace
from tests.conftest import FIXTURES, Desk, Site, not_found, serve_site
from tests.pipeline.hostile_answers import BEHAVIOUR_NAMES, ROBOTS_NAMES, list_behaviours, list_robots

PAGE = (FIXTURES / "harbour-towns.html").read_bytes()
DATASET = "id: ten\ntitle: Ten plans\nlicence: CC-BY-4.0\ndelay: 0\nsources:\n"


def make_page(town: int, number: int) -> bytes:
    """The plan of a town, with a task that has a number."""
    return PAGE.replace(b"Train teachers together", b"Train teachers of class %d together" % number).replace(
        b"ferries", b"ferries of town %d" % town
    )


@pytest.fixture(scope="module")
def town_site() -> Iterator[Site]:
    with serve_site() as site:
        yield site


@pytest.fixture(scope="module")
def published(town_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Ten sources, published once. The tenth has the host `localhost`, and with it a robots.txt of its own."""
    desk = Desk(Workspace(tmp_path_factory.mktemp("towns")))
    hostile = town_site.url.replace("127.0.0.1", "localhost")
    sources = [f"  - {{id: town-{town}, url: '{town_site.url}/{town}'}}\n" for town in range(9)]
    desk.write_dataset(DATASET + "".join(sources) + f"  - {{id: other, url: '{hostile}/other'}}\n", "ten")
    for town in range(9):
        town_site.page(f"/{town}", make_page(town, 1))
    town_site.page("/other", make_page(9, 1))
    assert desk.run("publish", "ten", "--direct").returncode == 0
    for town in range(9):
        town_site.page(f"/{town}", make_page(town, 2))
    return desk


@pytest.fixture
def ten(published: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A copy of the ten sources; nine of them have changed since."""
    monkeypatch.setattr(transfer, "READ_SECONDS", 0.5)
    monkeypatch.setattr(transfer, "TRANSFER_SECONDS", 2.0)
    monkeypatch.setattr(transfer, "RETRY", transfer.RETRY.new(total=1, backoff_factor=0, backoff_jitter=0))
    shutil.copytree(published.home.root, tmp_path / "home")
    return Desk(Workspace(tmp_path / "home"))


def publish_others(desk: Desk) -> None:
    """Publish: the nine are as they are now, the tenth is as it was, and there is one line that says why."""
    done = desk.run("publish", "ten", "--direct")
    assert done.returncode in {0, 1}, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    texts: dict[str, str] = {}
    with (desk.shelf / "ten" / "latest" / "tasks.csv").open(encoding="utf-8-sig", newline="") as file:
        for task in csv.DictReader(file):
            texts[task["document_id"]] = texts.get(task["document_id"], "") + task["text"]
    for town in range(9):
        assert "Train teachers of class 2 together" in texts[f"town-{town}"]
    assert "Train teachers of class 1 together" in texts["other"]
    sources = json.loads((desk.shelf / "ten" / "sources.json").read_text())["sources"]
    (why,) = (row["why"] for row in sources if row["source_id"] == "other")
    assert why
    assert "\n" not in why
    assert len(why) < 1_000
    assert done.returncode == 0 or any(
        line.startswith("other: ") and why[:40] in line for line in done.stderr.splitlines()
    )


@pytest.mark.parametrize("name", BEHAVIOUR_NAMES)
def test_whatever_a_page_sends_the_others_are_published(ten: Desk, town_site: Site, name: str) -> None:
    town_site.answers["/other"] = list_behaviours(make_page(9, 1))[name]
    publish_others(ten)


@pytest.mark.parametrize("name", ROBOTS_NAMES)
def test_whatever_a_robots_txt_holds_the_others_are_published(ten: Desk, town_site: Site, name: str) -> None:
    town_site.page("/other", make_page(9, 1))
    hostile = list_robots()[name]

    def answer(handler: BaseHTTPRequestHandler) -> None:
        (hostile if "localhost" in handler.headers["Host"] else not_found)(handler)

    town_site.answers["/robots.txt"] = answer
    try:
        publish_others(ten)
    finally:
        del town_site.answers["/robots.txt"]
