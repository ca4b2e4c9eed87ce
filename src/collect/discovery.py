"""From links to sources: each new article that a source leads to gets an id of its own, once and for all. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Container, Iterable
from datetime import datetime
from urllib.parse import unquote, urlsplit

from requests.utils import requote_uri

from collect.archive import DiscoveredArticle
from config.models import LONGEST_ID, Source

# The words at the end of an article's address make its id; if there are none, a hash of the address does.
WORDS = re.compile(r"[a-z0-9]+")
EXTENSION = re.compile(r"\.(?:s?html?|php|aspx?|jsp|pdf|docx?|txt|md)$", re.IGNORECASE)
ENCODED = re.compile(r"%[0-9a-fA-F]{2}")
USUAL_PORT = re.compile(r":(?:80|443)?$")
MAX_PREFIX, MAX_NAME, MAX_TITLE = 50, 29, 300


def select_new_articles(
    source_id: str,
    links: Iterable[tuple[str, str]],
    earlier: Iterable[DiscoveredArticle],
    taken: Container[str],
    *,
    listed: Container[str] = (),
    found_on: str,
    found_at: datetime,
) -> list[DiscoveredArticle]:
    """The articles among `links` (address and title) that are not among the `earlier` ones, each with a new id.

    No id is in `taken`, and no address, normalised, in `listed`. `found_on` is the address of the page with the links.
    Links that no source can have as its address are left out.
    """
    articles = list(earlier)
    addresses = {normalise_address(article.url) for article in articles}
    ids = {article.id for article in articles}
    new: list[DiscoveredArticle] = []
    for url, title in links:
        address = normalise_address(url)
        if address in addresses or address in listed:
            continue
        addresses.add(address)
        article_id = _mint_id(source_id, url, lambda minted: minted in ids or minted in taken)
        article = DiscoveredArticle(article_id, url, title[:MAX_TITLE], found_at, found_on)
        if _is_valid_source(article):
            ids.add(article.id)
            new.append(article)
    return new


def normalise_address(url: str) -> str:
    """An address without the parts in which two addresses of one page may differ.

    These are http or https, `www.`, the usual port, a slash at the end, the fragment, and how characters are encoded.
    """
    try:
        parts = urlsplit(requote_uri(url.encode("utf-8", "replace").decode()))
    except ValueError:
        return url
    host = USUAL_PORT.sub("", parts.netloc.lower()).removeprefix("www.")
    return ENCODED.sub(lambda match: match[0].upper(), f"{host}{parts.path.rstrip('/')}?{parts.query}")


def to_source(article: DiscoveredArticle, parent: Source) -> Source:
    """An article as a source of its own, read with the settings of the source that led to it."""
    return Source(
        id=article.id,
        url=article.url,
        language=parent.language,
        selector=parent.selector,
        tasks=parent.tasks,
        retired=parent.retired,
    )


def is_named_after(article_id: str, source_id: str) -> bool:
    """Whether an id is one that an article of this source may have been given."""
    return article_id.startswith(f"{source_id[:MAX_PREFIX].strip('-')}-")


def _is_valid_source(article: DiscoveredArticle) -> bool:
    try:
        return Source(id=article.id, url=article.url).id == article.id
    except ValueError:
        return False


def _mint_id(source_id: str, url: str, is_taken: Callable[[str], bool]) -> str:
    """`<source>-<name>` with the name from the end of the address, such as `towns-plan-2021`.

    A hash of the address is added if the name is not complete, or the id is taken: `towns-plan-2021-1a2b3c4d`.
    """
    parts = urlsplit(url)
    last = EXTENSION.sub("", unquote(parts.path.rstrip("/").rpartition("/")[2])).casefold()
    full_name = "-".join(WORDS.findall(last))
    prefix, name = source_id[:MAX_PREFIX].strip("-"), full_name[:MAX_NAME].strip("-")
    stem = f"{prefix}-{name}" if name else prefix
    if (prefix, name) == (source_id, full_name) and name and not parts.query and not is_taken(stem):
        return stem
    digest = hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()
    stem = stem[: LONGEST_ID - 13].strip("-")
    return next(minted for size in range(8, 13, 4) if not is_taken(minted := f"{stem}-{digest[:size]}"))
