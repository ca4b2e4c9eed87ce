"""What a page says of itself to search engines, feed readers and whoever shows a preview of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from catalog import preview
from catalog.pages import LANGUAGES, name_in

if TYPE_CHECKING:
    from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Picture:
    """What is shown where the page is shared: its full address, its size, and its words for who does not see it."""

    address: str
    alt: str
    width: int = preview.WIDTH
    height: int = preview.HEIGHT


@dataclass(frozen=True, slots=True)
class Head:
    """`canonical` is absolute, None where the site's address is not known; `alternates` by language.

    `picture` is None where the site's address is not known, since nobody can ask for it then.
    """

    title: str
    description: str
    canonical: str | None
    alternates: dict[str, str] = field(default_factory=dict)
    feeds: Sequence[dict[str, str]] = ()
    linked: Markup | None = None
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class PageDescription:
    """A page before its language is chosen: its English name, what it is called, the title and name of its feeds.

    `pictured` is the title of what its picture shows, where that is not the page's own.
    """

    name: str
    title: str
    description: str
    feeds: Sequence[tuple[str, str]] = ()
    pictured: str | None = None

    def make_head(self, lang: str, site: str | None, linked: Any = None) -> Head:
        """The head in a language; `site` is the shelf's address on the web, if known."""
        root = f"{site.rstrip('/')}/" if site else None
        up = "../" * name_in(lang, self.name).count("/")
        return Head(
            title=self.title,
            description=" ".join(self.description.split())[:300],
            canonical=root and root + address_of(name_in(lang, self.name)),
            alternates={one: root + address_of(name_in(one, self.name)) for one in LANGUAGES} if root else {},
            feeds=[{"title": title, "href": up + name} for title, name in self.feeds],
            linked=linked,
            picture=Picture(root + picture_of(self.name), self.pictured or self.title) if root else None,
        )


def picture_of(name: str) -> str:
    """The name of the picture of a page, by the page's: its dataset's, or that of the root."""
    dataset_id, below, _ = name.partition("/")
    return f"{dataset_id}{below}{preview.NAME}" if below else preview.NAME


def root_from(name: str, site: str | None) -> str:
    """The site's root as a page names it, by the page's name below it: its address where it is known, else the way."""
    return f"{site.rstrip('/')}/" if site else "../" * name.count("/") or "./"


def address_of(name: str) -> str:
    """A page's address below the root: a folder's own page is the folder."""
    return name.removesuffix("index.html") if name.endswith("/index.html") or name == "index.html" else name
