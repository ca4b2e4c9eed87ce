"""The article in the page: where it begins and ends, and what it says about itself.

Comes in: the blocks of a whole page. Goes out: the blocks that are the article's text, and title, byline, dates and
credited source from those around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from extract.labels import labels_of
from extract.lexicon.rows import Lexicon
from extract.reading import Block, Reading
from extract.sentences import letters_of

# How many blocks after the title may still belong to the article's head.
HEAD_BLOCKS = 12
# How many blocks of a page may hold its document card.
CARD_BLOCKS = 60
# Labels of a host's name that say what kind of host it is, not whose.
HOST_KINDS = frozenset(
    ["www", "m", "en", "english", "cn", "wap", "news", "com", "org", "net", "gov", "edu", "co", "ac", "info"]
)


@dataclass(frozen=True, slots=True)
class Front:
    """The article's text blocks, and what its head and foot say."""

    body: tuple[Block, ...]
    title: str | None
    byline: str | None
    credited_source: str | None
    published_date: date | None
    site: str | None
    document_number: str | None
    issuers: tuple[str, ...]
    signed_date: date | None


def find_article(reading: Reading, url: str, lexicon: Lexicon) -> Front:
    """Separate an article from the page around it."""
    blocks = reading.blocks
    ends = next(
        (index for index, block in enumerate(blocks) if index and _matches(lexicon.ends, block.text)), len(blocks)
    )
    credited = [match["name"] for block in blocks[: ends + 1] if (match := _matches(lexicon.credits, block.text))]
    bylines = {
        index: match["name"]
        for index, block in enumerate(blocks[:ends])
        if (match := _matches(lexicon.bylines, block.text))
    }
    card = _card(blocks, lexicon)
    title_at, title = _title(reading, card.get("title"), min(bylines, default=None))
    head = range(title_at + 1, min(title_at + 1 + HEAD_BLOCKS, ends))
    dates = [day for index in head if (day := parse_day(blocks[index].text, lexicon)) and len(blocks[index].text) < 120]
    body = tuple(
        block
        for index, block in enumerate(blocks[title_at + 1 : ends], title_at + 1)
        if not (index in bylines and index in head) and not _matches(lexicon.credits, block.text)
    )
    return Front(
        body=body,
        title=title,
        byline=_best_spelling(bylines[index] for index in bylines if index in head) or reading.meta.get("byline"),
        credited_source=credited[-1] if credited else reading.meta.get("source"),
        published_date=parse_day(card.get("published", ""), lexicon)
        or parse_day(reading.meta.get("published", ""), lexicon)
        or next(iter(dates), None)
        or _day_in_address(url),
        site=reading.meta.get("site") or _site(url, reading.text),
        document_number=card.get("number"),
        issuers=tuple(filter(None, re.split(r"[\s、;；]+", card.get("issuers", "")))),
        signed_date=parse_day(card.get("signed", ""), lexicon),
    )


def parse_day(text: str, lexicon: Lexicon) -> date | None:
    """The first day that the text states in full, or None."""
    for style in lexicon.dates:
        for match in style.pattern.finditer(text):
            month = match["m"].lower()
            try:
                return date(
                    int(match["y"]), int(month) if month.isdigit() else lexicon.months[month[:3]], int(match["d"])
                )
            except ValueError:
                continue
    return None


def _matches(patterns: Iterable[re.Pattern[str]], text: str) -> re.Match[str] | None:
    return next((match for pattern in patterns if (match := pattern.fullmatch(text.strip()))), None)


def _card(blocks: Sequence[Block], lexicon: Lexicon) -> dict[str, str]:
    """What the lines of a document card before the text say, by field; the first line that fills a field counts."""
    found: dict[str, str] = {}
    head = [block.text.strip() for block in blocks[:CARD_BLOCKS]]
    for index, line in enumerate(head[:-1]):
        for name, pattern in lexicon.card.items():
            match = pattern.fullmatch(line)
            value = (match["value"].strip(" *") or head[index + 1]) if match else ""
            if value and len(value) < 200 and not value.endswith(("：", ":")):
                found.setdefault(name, value)
    return found


def _title(reading: Reading, on_card: str | None, first_byline: int | None) -> tuple[int, str | None]:
    """The place and text of the title: from card or page head, else the first heading, else above the byline."""
    blocks = reading.blocks
    if stated := on_card or reading.meta.get("title"):
        plain = letters_of(stated)
        at = next(
            (
                index
                for index, block in enumerate(blocks)
                if len(letters_of(block.text)) > 3 and plain.startswith(letters_of(block.text))
            ),
            -1,
        )
        return at, blocks[at].text if at >= 0 else stated
    at = next((index for index, block in enumerate(blocks) if block.heading and len(block.text) <= 300), -1)
    if at >= 0:
        return at, blocks[at].text
    above = range(first_byline - 1, -1, -1) if first_byline is not None else range(len(blocks))
    at = next((index for index in above if _like_a_title(blocks[index].text)), -1)
    return at, blocks[at].text if at >= 0 else None


def _like_a_title(text: str) -> bool:
    long_enough = len(text.split()) >= 3 or len(re.findall(r"[\u4e00-\u9fff]", text)) >= 6
    return long_enough and len(text) <= 300 and not labels_of(text)


def _best_spelling(names: Iterable[str]) -> str | None:
    """The first name; where the same one also stands in mixed case, that spelling."""
    all_names = list(names)
    same = [name for name in all_names if name.casefold() == all_names[0].casefold()]
    return next((name for name in same if not name.isupper()), same[0] if same else None)


def _day_in_address(url: str) -> date | None:
    match = re.search(r"/(\d{4})[/-]?(\d{2})[/-]?(\d{2})(?:/|[^\d])", url)
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def _site(url: str, text: str) -> str | None:
    """The host's own name, spelled as the page spells it."""
    host = urlsplit(url).hostname or ""
    names: Sequence[str] = [label for label in host.split(".")[:-1] if label not in HOST_KINDS]
    if not names or host.replace(".", "").isdigit():
        return host or None
    name = names[-1]
    spelled = re.findall(rf"(?<![\w@./]){re.escape(name)}(?![\w.])", text, re.IGNORECASE)
    return next((spelling for spelling in spelled if spelling != spelling.lower()), name)
