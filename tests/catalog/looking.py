"""Pages on loopback, and a browser that looks at them: what a reader sees, hears of, and what went wrong."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe

import catalog
from catalog.pages import localise_name
from catalog.rendering import render

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request

ASSETS = Path(str(catalog.__file__)).parent / "assets"
# How long a browser is waited for, in milliseconds.
PATIENCE = 30_000
# A phone and a desk.
WIDTHS = (360, 1280)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


# Axe takes seconds, so it checks each kind of page once in a language: in English in light on a desk, in Chinese in the
# dark on a phone.
CHECKED = {"en": (WIDTHS[1], SCHEMES[0]), "zh": (WIDTHS[0], SCHEMES[1])}


class _Quiet(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}  # noqa: RUF012

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""

    def log_error(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address under which a folder is served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


def write_page(site: Path, lang: str, template: str, name: str, **shown: Any) -> str:
    """Write a page of the catalog, and what it loads, into a site; its name there."""
    if not (site / "assets").exists():
        shutil.copytree(ASSETS, site / "assets")
    path = site / localise_name(lang, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(render(template, lang, name, **shown))
    return localise_name(lang, name)


@dataclass
class Look:
    """A page that is open, and what the browser complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def hears(self, said: ConsoleMessage) -> None:
        """Keep what the console says of errors and warnings."""
        if said.type in {"error", "warning"}:
            self.complaints.append(said.text)

    def fetches(self, request: Request) -> None:
        """Keep what is fetched from elsewhere."""
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
            self.complaints.append(f"from elsewhere: {request.url}")

    def is_asked(self, dialog: Dialog) -> None:
        """Keep that a window sprang up, and close it."""
        self.complaints.append(dialog.message)
        dialog.dismiss()

    def violations(self) -> list[str]:
        """What axe finds wrong, a line each."""
        found = Axe().run(self.page).response["violations"]
        return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]

    def is_too_wide(self) -> bool:
        """Whether the page has to be moved sideways to be read."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@contextmanager
def looking(browser: Browser, url: str, width: int = 1280, scheme: str = "light", **more: Any) -> Iterator[Look]:
    """The page at an address, as wide and as dark as asked for."""
    settings: dict[str, Any] = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme, **more}
    context = browser.new_context(**settings)
    try:
        context.set_default_timeout(PATIENCE)
        look = Look(context.new_page())
        look.page.on("console", look.hears)
        look.page.on("pageerror", lambda error: look.complaints.append(str(error)))
        look.page.on("dialog", look.is_asked)
        look.page.on("request", look.fetches)
        look.page.goto(url)
        yield look
    finally:
        context.close()
