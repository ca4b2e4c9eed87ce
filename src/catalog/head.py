"""What a page tells search engines and feed readers about itself, and the addresses that it is made with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from catalog.pages import LANGUAGES, localise_name

MAX_DESCRIPTION_LENGTH = 300
# Characters with which a text could end the element that it is in, or a line of a script.
ESCAPES = str.maketrans({character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"})


@dataclass(frozen=True, slots=True)
class PageAddress:
    """A page in one language: the name of the English page, the language, and the site's address, if known."""

    name: str
    lang: str
    site: str | None

    @property
    def file(self) -> str:
        """The name of the page below the shelf's root."""
        return localise_name(self.lang, self.name)

    @property
    def up(self) -> str:
        """The relative path from the page to the shelf's root."""
        return "../" * self.file.count("/")

    @property
    def root(self) -> str:
        """The site's root: its address, or the relative path if it is not known."""
        return to_root(self.site) or self.up or "./"


def to_root(site: str | None) -> str:
    """The site's address with one slash at its end; empty if it is not known."""
    return f"{site.rstrip('/')}/" if site else ""


def address_of(name: str) -> str:
    """A page's address below the root: a folder's `index.html` has the address of the folder."""
    return name.removesuffix("index.html") if name.endswith("/index.html") or name == "index.html" else name


def to_script_json(value: Any) -> Markup:
    """JSON that is safe within a script element, whatever texts it has."""
    return Markup(json.dumps(value, ensure_ascii=False).translate(ESCAPES))  # noqa: S704 (escaped here)


def describe_head(
    page: PageAddress,
    title: str,
    description: str,
    feeds: Sequence[tuple[str, str]] = (),
    linked: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The head of a page, as the templates show it.

    `feeds` are titles and names of feeds, `linked` is the page as JSON-LD. The addresses are absolute; there are none
    if the site's is not known.
    """
    root = to_root(page.site)
    addresses = {lang: root + address_of(localise_name(lang, page.name)) for lang in LANGUAGES if root}
    return {
        "title": title,
        "description": " ".join(description.split())[:MAX_DESCRIPTION_LENGTH],
        "canonical": addresses.get(page.lang),
        "alternates": addresses,
        "feeds": [{"title": feed_title, "href": page.up + name} for feed_title, name in feeds],
        "linked": to_script_json(linked) if linked else None,
    }
