"""Every link of a whole catalog leads somewhere, and links alone lead to every page, with or without an address."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.main import main
from tests.catalog.served import serving
from tests.catalog.walker import walk_site
from tests.catalog.whole import publish_whole

SITE = "https://data.example.org/plans"


@pytest.mark.parametrize("site", [None, SITE], ids=["anywhere", "at an address"])
def test_no_link_is_broken(site: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if site:
        monkeypatch.setenv("POLICYTASKS_SITE", site)
    else:
        monkeypatch.delenv("POLICYTASKS_SITE", raising=False)
    home = publish_whole(tmp_path)
    reached: set[str] = set()
    with serving(home.root) as address:
        broken = walk_site(address, site=site, reached=reached)
    names = {one.removeprefix(address) for one in reached}
    assert not broken, "\n".join(broken[:40])
    assert {"", "zh/", "feed.xml", "plans/feed.xml", "plans/dictionary.html", "plans/1.0.0/tasks.parquet"} <= names
    shelf = tmp_path / "data" / "published"
    pages = {path.relative_to(shelf).as_posix() for path in shelf.rglob("*.html") if path.name != "capture.html"}
    unreached = {one.removesuffix("index.html") for one in pages} - names
    assert not unreached


def test_no_link_is_broken_where_the_version_that_named_editions_was_withdrawn(tmp_path: Path) -> None:
    home = publish_whole(tmp_path)
    assert main(["withdraw", "plans", "1.0.0", "--reason", "it was a mistake", "--home", str(home.root)]) == 0
    with serving(home.root) as address:
        broken = walk_site(address)
    assert not broken, "\n".join(broken[:40])


def test_no_link_is_broken_where_nothing_stands_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLICYTASKS_SITE", SITE)
    home = publish_whole(tmp_path)
    for version in ("1.0.0", "1.1.0"):
        taken = ["withdraw", "plans", version, "--reason", "it was a mistake", "--home", str(home.root)]
        assert main(taken) == 0
    reached: set[str] = set()
    with serving(home.root) as address:
        broken = walk_site(address, site=SITE, reached=reached)
    assert not broken, "\n".join(broken[:40])
    assert {f"{address}plans/versions/1.0.0/", f"{address}zh/plans/versions/1.1.0/"} <= reached


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "datasets").mkdir()
    shelf = tmp_path / "data" / "published"
    shelf.mkdir(parents=True)
    (shelf / "there.html").write_text('<!doctype html><p id="here">x</p>', encoding="utf-8")
    (shelf / "index.html").write_text(
        """<!doctype html><title>x</title><a href="there.html#here">1</a><a href="there.html#nowhere">2</a>
        <img src="gone.png" srcset="small.png 1x"><a href="https://elsewhere.example/">3</a>
        <script type="application/ld+json">{"distribution": [{"contentUrl": "gone.csv"}]}</script>""",
        encoding="utf-8",
    )
    with serving(tmp_path) as address:
        broken = walk_site(address)
    assert [one.partition(address)[2].partition(" → ")[2].removeprefix(address) for one in broken] == [
        "there.html#nowhere: no such place on the page",
        "gone.png: 404",
        "small.png: 404",
        "gone.csv: 404",
    ]
