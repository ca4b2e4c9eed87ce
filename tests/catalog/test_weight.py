"""What a reader's connection has to carry before the home page stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.catalog.served import serving
from tests.catalog.whole import publish_whole

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Request

MOST = 100_000


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_whole(tmp_path_factory.mktemp("whole")).root


@pytest.mark.parametrize("lang", ["", "zh/"])
def test_the_home_page_with_all_that_it_loads_is_below_100_kb(whole: Path, browser: Browser, lang: str) -> None:
    weights: dict[str, int] = {}
    loaded: list[Request] = []

    def heard(request: Request) -> None:
        loaded.append(request)

    with serving(whole) as address:
        context = browser.new_context()
        try:
            page = context.new_page()
            page.on("requestfinished", heard)
            page.goto(address + lang, wait_until="networkidle")
            for request in loaded:
                sizes = request.sizes()
                weights[request.url] = sizes["responseBodySize"] + sizes["responseHeadersSize"]
            # A browser without a screen asks for no icon; a reader's does.
            for icon in page.locator("link[rel=icon]").all():
                answer = page.request.get(str(icon.evaluate("one => one.href")))
                weights[answer.url] = len(answer.body()) + sum(
                    len(f"{one}: {of}\r\n") for one, of in answer.headers.items()
                )
        finally:
            context.close()
    kinds = {url.partition("?")[0].rpartition(".")[2] for url in weights if url != address + lang}
    assert {"css", "js", "svg"} <= kinds
    assert all(weights.values())
    assert sum(weights.values()) < MOST, f"{sum(weights.values())} bytes: {weights}"
