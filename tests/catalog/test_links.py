"""Every link of a whole catalog leads somewhere, and links alone lead to every page, with or without an address."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.main import main
from tests.catalog.browser_tabs import serve_folder
from tests.catalog.links import follow_links
from tests.catalog.published_plans import publish_plans

SITE = "https://data.example.org/plans"


@pytest.mark.parametrize(
    ("site", "withdrawn"),
    [(None, []), (SITE, []), (None, ["1.0.0"]), (SITE, ["1.0.0", "1.1.0"])],
    ids=["anywhere", "at an address", "editions named by a withdrawn version", "all withdrawn"],
)
def test_no_link_is_broken_and_links_lead_to_every_page(
    site: str | None, withdrawn: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLICYTASKS_SITE", site or "")
    shelf = publish_plans(tmp_path).root / "data" / "published"
    for version in withdrawn:
        assert main(["withdraw", "plans", version, "--reason", "it was a mistake", "--home", str(tmp_path)]) == 0
    with serve_folder(shelf) as address:
        broken, reached = follow_links(address, site)
    assert not broken, "\n".join(broken[:40])
    names = {link.removeprefix(address) for link in reached}
    assert {"", "zh/", "feed.xml", "plans/feed.xml"} <= names
    assert withdrawn or {"plans/dictionary.html", "plans/1.0.0/tasks.parquet"} <= names
    pages = {path.relative_to(shelf).as_posix() for path in shelf.rglob("*.html")}
    assert not {name.removesuffix("index.html") for name in pages} - names


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "there.html").write_text('<!doctype html><p id="here">x</p>', encoding="utf-8")
    (tmp_path / "index.html").write_text(
        """<!doctype html><title>x</title><a href="there.html#here">1</a><a href="there.html#nowhere">2</a>
        <img src="gone.png" srcset="small.png 1x"><a href="https://elsewhere.example/">3</a>
        <script type="application/ld+json">{"distribution": [{"contentUrl": "gone.csv"}]}</script>""",
        encoding="utf-8",
    )
    with serve_folder(tmp_path) as address:
        broken, _ = follow_links(address)
    assert [line.partition(address)[2].partition(" → ")[2].removeprefix(address) for line in broken] == [
        "there.html#nowhere: no such anchor on the page",
        "gone.png: 404",
        "small.png: 404",
        "gone.csv: 404",
    ]
