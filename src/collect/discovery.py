"""From a place that leads to articles to sources: each new article gets an id of its own, once and for all. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Protocol
from urllib.parse import unquote, urlsplit

from collect.archive import Article
from collect.dataset import LONGEST_ID, Source

# An article's address ends with words, or with what is no name: then a hash tells articles apart.
WORDS = re.compile(r"[a-z0-9]+")
EXTENSION = re.compile(r"\.(?:s?html?|php|aspx?|jsp|pdf|docx?|txt|md)$", re.IGNORECASE)
LONGEST_NAME = 48


class Found(Protocol):
    """An article as a place leads to it: see `extract.links.Link`."""

    @property
    def url(self) -> str:
        """Its address."""

    @property
    def title(self) -> str:
        """The words that lead to it."""


def new_articles(
    source_id: str, found: Iterable[Found], known: Iterable[Article], taken: Collection[str], *, on: str, at: datetime
) -> list[Article]:
    """The articles that are not known yet, each with an id that nobody has; `on` is the place that led to them."""
    addresses, ids = {one.url for one in known}, {*taken, *(one.id for one in known)}
    new: list[Article] = []
    for link in found:
        if link.url not in addresses:
            article_id = _minted(source_id, link.url, ids)
            addresses.add(link.url)
            ids.add(article_id)
            new.append(Article(article_id, link.url, link.title[:300], at, on))
    return new


def as_source(article: Article, parent: Source) -> Source:
    """An article as a source of its own, read as its parent says."""
    return Source(
        id=article.id,
        url=article.url,
        language=parent.language,
        selector=parent.selector,
        tasks=parent.tasks,
        retired=parent.retired,
    )


def _minted(source_id: str, url: str, taken: Collection[str]) -> str:
    """`<source>-<name>`, the name from the end of the address; else, or where that is taken, with a hash of it."""
    parts = urlsplit(url)
    last = EXTENSION.sub("", unquote(parts.path.rstrip("/").rpartition("/")[2])).casefold()
    name = "-".join(WORDS.findall(last))[:LONGEST_NAME].strip("-")
    digest = hashlib.sha256(url.encode()).hexdigest()
    prefix = source_id[: LONGEST_ID - LONGEST_NAME - 14].strip("-")
    if name and not parts.query and f"{prefix}-{name}" not in taken:
        return f"{prefix}-{name}"
    stem = f"{prefix}-{name}" if name else prefix
    return next(made for size in range(8, 65, 4) if (made := f"{stem}-{digest[:size]}"[:LONGEST_ID]) not in taken)
