"""What a reader's connection has to carry before the home page stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.catalog.browser_tabs import open_tab, serve_folder
from tests.catalog.published_plans import publish_plans

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Request

MOST = 100_000


@pytest.mark.parametrize("lang", ["", "zh/"])
def test_the_home_page_with_all_that_it_loads_is_below_100_kb(tmp_path: Path, browser: Browser, lang: str) -> None:
    weights: dict[str, int] = {}
    requests: list[Request] = []
    with serve_folder(publish_plans(tmp_path).root / "data" / "published") as address, open_tab(browser) as tab:
        tab.page.on("requestfinished", lambda request: requests.append(request))  # noqa: PLW0108 (not a builtin)
        tab.page.goto(address + lang, wait_until="networkidle")
        for request in requests:
            sizes = request.sizes()
            weights[request.url] = sizes["responseBodySize"] + sizes["responseHeadersSize"]
        # A browser without a screen asks for no icon; a reader's does.
        for icon in tab.page.locator("link[rel=icon]").all():
            answer = tab.page.request.get(str(icon.evaluate("icon => icon.href")))
            weights[answer.url] = len(answer.body()) + sum(
                len(f"{name}: {value}\r\n") for name, value in answer.headers.items()
            )
    kinds = {url.partition("?")[0].rpartition(".")[2] for url in weights if url != address + lang}
    assert {"css", "js", "svg"} <= kinds
    assert all(weights.values())
    assert sum(weights.values()) < MOST, f"{sum(weights.values())} bytes: {weights}"
