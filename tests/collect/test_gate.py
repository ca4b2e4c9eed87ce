from __future__ import annotations

import logging
from pathlib import Path

import pytest

from collect.archive import ArchiveError, captures_of, read_bytes
from collect.fetch import RefusedError, UnreachableError
from collect.gate import collect
from collect.order_book import Source
from tests.conftest import NOWHERE, Site


def test_a_fetched_page_is_archived_as_served(site: Site, tmp_path: Path) -> None:
    source = Source(id="harbour", url=site.page("/plan", b"<p>plan</p>"))
    collected = collect(source, tmp_path, offline=False)
    assert read_bytes(tmp_path, collected.captures[0]) == b"<p>plan</p>"
    assert (collected.captures[0].method, collected.captures[0].status) == ("http", 200)
    assert not collected.failures


def test_captures_come_newest_first(site: Site, tmp_path: Path) -> None:
    for body in (b"one", b"two"):
        collected = collect(Source(id="harbour", url=site.page("/plan", body)), tmp_path, offline=False)
    assert [read_bytes(tmp_path, one) for one in collected.captures] == [b"two", b"one"]


def test_without_network_the_archive_answers_and_says_so_in_one_line(
    site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    collect(Source(id="harbour", url=site.page("/plan", b"plan")), tmp_path, offline=False)
    caplog.clear()
    collected = collect(Source(id="harbour", url=NOWHERE), tmp_path, offline=False)
    assert not collected.failures
    assert len(collected.captures) == 1
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("collect")]
    assert len(lines) == 1
    assert "using the archived capture of" in lines[0]


def test_a_server_that_refuses_is_a_failure_and_the_archive_still_stands(site: Site, tmp_path: Path) -> None:
    source = Source(id="harbour", url=site.page("/plan", b"plan"))
    collect(source, tmp_path, offline=False)
    site.page("/plan", b"gone", status=410)
    collected = collect(source, tmp_path, offline=False)
    assert "answered 410" in collected.failures[0]
    assert len(collected.captures) == 1


def test_with_nothing_at_all_the_mend_is_said(tmp_path: Path) -> None:
    source = Source(id="harbour", url=NOWHERE)
    with pytest.raises(UnreachableError, match="holds no capture; check the address"):
        collect(source, tmp_path, offline=False)
    with pytest.raises(ArchiveError, match="run once without --offline"):
        collect(source, tmp_path, offline=True)
    assert captures_of(tmp_path, "harbour") == []


def test_a_refusal_with_nothing_archived_is_said_as_one(site: Site, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=r"answered 404 Not Found, and .* holds no capture"):
        collect(Source(id="harbour", url=f"{site.url}/gone"), tmp_path, offline=False)


def test_offline_asks_nobody(site: Site, tmp_path: Path) -> None:
    source = Source(id="harbour", url=site.page("/plan", b"plan"))
    collect(source, tmp_path, offline=False)
    collect(source, tmp_path, offline=True)
    assert len(site.asked) == 1
