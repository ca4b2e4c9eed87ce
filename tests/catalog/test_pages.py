"""Only what is made from something else now is made and written again."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.pages import Page, WriteResult, hash_values, write_pages
from publish.storage.disk import Disk

MADE: list[str] = []


def page(name: str, content: str) -> Page:
    def make() -> bytes:
        MADE.append(name)
        return content.encode()

    return Page(name, hash_values(content), make)


def put(folder: Path, *pages: Page) -> WriteResult:
    MADE.clear()
    there = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return write_pages(Disk(folder), "towns", pages, there)


def test_a_page_is_written_once(tmp_path: Path) -> None:
    pages = (page("towns/index.html", "one"), page("zh/towns/index.html", "two"))
    assert put(tmp_path, *pages) == WriteResult(2, 0, 0)
    assert put(tmp_path, *pages) == WriteResult(0, 2, 0)
    assert MADE == []
    assert (tmp_path / "zh/towns/index.html").read_text() == "two"


def test_one_that_changed_or_was_lost_is_written_again(tmp_path: Path) -> None:
    put(tmp_path, page("towns/a.html", "one"), page("towns/b.html", "two"), page("towns/c.html", "three"))
    (tmp_path / "towns/b.html").unlink()
    put(tmp_path, page("towns/a.html", "four"), page("towns/b.html", "two"), page("towns/c.html", "three"))
    assert MADE == ["towns/a.html", "towns/b.html"]
    assert (tmp_path / "towns/a.html").read_text() == "four"


def test_one_that_is_none_any_more_goes(tmp_path: Path) -> None:
    put(tmp_path, page("towns/plans/a/1.0.0.html", "one"), page("towns/b.html", "two"))
    assert put(tmp_path, page("towns/b.html", "two")) == WriteResult(0, 1, 1)
    assert not (tmp_path / "towns/plans/a").exists()


def test_a_run_that_was_cut_short_is_made_up_for(tmp_path: Path) -> None:
    def fail() -> bytes:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        put(tmp_path, page("towns/a.html", "one"), Page("towns/b.html", "key", fail))
    assert put(tmp_path, page("towns/a.html", "one"), page("towns/b.html", "two")) == WriteResult(2, 0, 0)


@pytest.mark.parametrize("damage", [b"", b"[]", b"{", b'{"towns/a.html": 1}', b"\xff"])
def test_a_record_that_is_none_is_begun_anew(tmp_path: Path, damage: bytes) -> None:
    put(tmp_path, page("towns/a.html", "one"))
    (tmp_path / "towns/pages.json").write_bytes(damage)
    assert put(tmp_path, page("towns/a.html", "one")) == WriteResult(1, 0, 0)
