"""What a page tells search engines and feed readers about itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from catalog.pages import LANGUAGES, localise_name

if TYPE_CHECKING:
    from markupsafe import Markup

MAX_DESCRIPTION_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a page in one language.

    `canonical` is absolute, and None where the site's address is not known; `alternates` are absolute addresses by
    language; `linked` is JSON-LD.
    """

    title: str
    description: str
    canonical: str | None
    alternates: dict[str, str] = field(default_factory=dict)
    feeds: Sequence[dict[str, str]] = ()
    linked: Markup | None = None


@dataclass(frozen=True, slots=True)
class PageDescription:
    """A page in whatever language: its English name, its title, its description, and its feeds as (title, name)."""

    name: str
    title: str
    description: str
    feeds: Sequence[tuple[str, str]] = ()

    def make_head(self, lang: str, site: str | None, linked: Markup | None = None) -> Head:
        """The head in a language; `site` is the shelf's address on the web, if known."""
        root = f"{site.rstrip('/')}/" if site else None
        up = "../" * localise_name(lang, self.name).count("/")
        return Head(
            title=self.title,
            description=" ".join(self.description.split())[:MAX_DESCRIPTION_LENGTH],
            canonical=root and root + address_of(localise_name(lang, self.name)),
            alternates={other: root + address_of(localise_name(other, self.name)) for other in LANGUAGES}
            if root
            else {},
            feeds=[{"title": title, "href": up + name} for title, name in self.feeds],
            linked=linked,
        )


def find_root(name: str, site: str | None) -> str:
    """The site's root for a page with this name: the site's address, or the relative path where none is known."""
    return f"{site.rstrip('/')}/" if site else "../" * name.count("/") or "./"


def address_of(name: str) -> str:
    """A page's address below the root: a folder's `index.html` has the address of the folder."""
    return name.removesuffix("index.html") if name.endswith("/index.html") or name == "index.html" else name
