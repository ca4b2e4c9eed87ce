"""A shelf served on loopback, and tabs of a browser on its pages: what a reader sees, and what went wrong."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import uvicorn
from axe_playwright_python.sync_playwright import Axe

import catalog
from catalog.pages import localise_name
from catalog.rendering import render
from catalog.server import make_application
from publish.storage.disk import Disk

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


@contextmanager
def serve_folder(shelf: Path) -> Iterator[str]:
    """Serve a shelf as `policytasks serve` does, in a thread; its address."""
    server = uvicorn.Server(uvicorn.Config(make_application(Disk(shelf)), lifespan="off", log_config=None))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()


def write_page(site: Path, lang: str, template: str, name: str, **shown: Any) -> str:
    """Write a page of the catalog, and what it loads, into a site; its name there."""
    if not (site / "assets").exists():
        shutil.copytree(ASSETS, site / "assets")
    path = site / localise_name(lang, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(render(template, lang, name, **shown))
    return localise_name(lang, name)


@dataclass
class Tab:
    """A page that is open, and what the browser complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def keep_message(self, message: ConsoleMessage) -> None:
        """Keep what the console says of errors and warnings."""
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def keep_foreign_request(self, request: Request) -> None:
        """Keep what is fetched from elsewhere."""
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
            self.complaints.append(f"from elsewhere: {request.url}")

    def dismiss_dialog(self, dialog: Dialog) -> None:
        """Keep that a window sprang up, and close it."""
        self.complaints.append(dialog.message)
        dialog.dismiss()

    def find_violations(self) -> list[str]:
        """What axe finds wrong, a line each."""
        violations = Axe().run(self.page).response["violations"]
        return [f"{rule['id']}: {node['html'][:200]}" for rule in violations for node in rule["nodes"]]

    def is_too_wide(self) -> bool:
        """Whether the page has to be moved sideways to be read."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@contextmanager
def open_tab(
    browser: Browser, url: str = "about:blank", width: int = 1280, scheme: str = "light", **more: Any
) -> Iterator[Tab]:
    """The page at an address, as wide and as dark as asked for."""
    settings: dict[str, Any] = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme, **more}
    context = browser.new_context(**settings)
    try:
        context.set_default_timeout(PATIENCE)
        tab = Tab(context.new_page())
        tab.page.on("console", tab.keep_message)
        tab.page.on("pageerror", lambda error: tab.complaints.append(str(error)))
        tab.page.on("dialog", tab.dismiss_dialog)
        tab.page.on("request", tab.keep_foreign_request)
        tab.page.goto(url)
        yield tab
    finally:
        context.close()
