"""From a place that leads to articles to sources: each new article gets an id of its own, once and for all. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Container, Iterable
from datetime import datetime
from typing import Protocol
from urllib.parse import unquote, urlsplit

from collect.archive import Article
from config.models import LONGEST_ID, Source

# An article's address ends with words, or with what is no name: then a hash tells articles apart.
WORDS = re.compile(r"[a-z0-9]+")
EXTENSION = re.compile(r"\.(?:s?html?|php|aspx?|jsp|pdf|docx?|txt|md)$", re.IGNORECASE)
LONGEST_PREFIX, LONGEST_NAME = 50, 29


class ArticleLink(Protocol):
    """An article as a place leads to it: see `extract.links.Link`."""

    @property
    def url(self) -> str:
        """Its address."""

    @property
    def title(self) -> str:
        """The words that lead to it."""


def select_new_articles(
    source_id: str,
    links: Iterable[ArticleLink],
    earlier: Iterable[Article],
    taken: Container[str],
    *,
    found_on: str,
    found_at: datetime,
) -> list[Article]:
    """The articles that are not known yet, each with an id that is not `taken`; `on` is the place that led to them."""
    addresses, ids = {one.url for one in earlier}, {one.id for one in earlier}
    new: list[Article] = []
    for link in links:
        if link.url not in addresses:
            addresses.add(link.url)
            article = Article(
                _mint_id(source_id, link.url, lambda made: made in ids or made in taken),
                link.url,
                link.title[:300],
                found_at,
                found_on,
            )
            if _is_possible(article):
                ids.add(article.id)
                new.append(article)
    return new


def to_source(article: Article, parent: Source) -> Source:
    """An article as a source of its own, read as its parent says."""
    return Source(
        id=article.id,
        url=article.url,
        language=parent.language,
        selector=parent.selector,
        tasks=parent.tasks,
        retired=parent.retired,
    )


def _is_possible(article: Article) -> bool:
    """Whether an article's address can be asked at all."""
    try:
        return Source(id=article.id, url=article.url).id == article.id
    except ValueError:
        return False


def _mint_id(source_id: str, url: str, is_taken: Callable[[str], bool]) -> str:
    """`<source>-<name>`, the name from the end of the address; else, or where that is taken, with a hash of it."""
    parts = urlsplit(url)
    last = EXTENSION.sub("", unquote(parts.path.rstrip("/").rpartition("/")[2])).casefold()
    whole = "-".join(WORDS.findall(last))
    prefix, name = source_id[:LONGEST_PREFIX].strip("-"), whole[:LONGEST_NAME].strip("-")
    stem = f"{prefix}-{name}" if name else prefix
    if (prefix, name) == (source_id, whole) and name and not parts.query and not is_taken(stem):
        return stem
    digest = hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()
    stem = stem[: LONGEST_ID - 13].strip("-")
    return next(made for size in range(8, 13, 4) if not is_taken(made := f"{stem}-{digest[:size]}"))
