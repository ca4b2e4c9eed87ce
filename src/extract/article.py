"""The blocks of a whole page in, the article out: its body's blocks, and the title, byline, dates and source around it.

What is stated in several places is taken from the most reliable one: a document card, the page's own metadata, the
lines around the title, the address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from extract.dating import find_lone_days, find_published_date, find_signed_date
from extract.deadlines import read_day
from extract.issuers import find_issuers, is_issuer, split_issuers, split_names
from extract.lexicon.rows import Lexicon
from extract.plan import Article
from extract.reading.blocks import Block, Reading
from extract.titles import find_title, strip_title

# Number of blocks after the title that may belong to the article's head.
HEAD_BLOCKS = 12
# Number of blocks, from the page's first, that may hold its document card.
CARD_BLOCKS = 60
# Lengths in characters. A line of the head that states a day is shorter than this.
LONGEST_DATELINE = 120
# A title is at most this long, and a delivery line is searched for a day up to here.
LONGEST_STATEMENT = 300
# A day or issuers that stand alone on a line are shorter than this.
SHORT_LINE = 40
# A value on a document card is shorter than this.
LONGEST_CARD_VALUE = 200
# A line of a document card, with its names and what follows its value, is at most this long.
LONGEST_CARD_LINE = 1_000
# Number of blocks that a title may be broken over.
MOST_TITLE_LINES = 20
# Share (0 to 1) of a stated title's letters that a block has to hold to be that title.
TITLE_SHARE = 0.4
# Number of letters that it has to have more than; and of characters that it may have beyond twice the title's length.
LEAST_TITLE_LETTERS, TITLE_MARGIN = 3, 10
# Number of words, or of Chinese characters, from which on a line can be a title without naming a plan.
LEAST_WORDS, LEAST_CHARACTERS = 3, 6
# Number of headings, from the first, of which the largest can be the title.
FIRST_HEADINGS = 5
# Number of title-like lines that are searched for one that names a plan.
FIRST_LINES = 4
# Labels of a host name that say what kind of host it is, and not whose.
HOST_KINDS = frozenset(
    ["www", "m", "en", "english", "cn", "wap", "news", "com", "org", "net", "gov", "edu", "co", "ac", "info"]
)


@dataclass(frozen=True, slots=True)
class LocatedArticle:
    """An article's blocks, and what its head and foot state; the plan's title is not read yet."""

    body: tuple[Block, ...]
    stated: Article


def find_article(reading: Reading, url: str, lexicon: Lexicon) -> LocatedArticle:
    """The article of a reading; `url` is the capture's address, which may state the day and the site."""
    blocks = reading.blocks
    first, last = reading.main
    ends = next((index for index in range(max(first, 1), last) if lexicon.ends.fullmatch(blocks[index].text)), last)
    credited = [match["name"] for block in blocks[: ends + 1] if (match := lexicon.credits.fullmatch(block.text))]
    bylines = {
        index: match["name"]
        for index, block in enumerate(blocks[:ends])
        if (match := lexicon.bylines.fullmatch(block.text))
    }
    card = _read_card(blocks, lexicon)
    top = find_title(reading, card, lexicon)
    title = strip_title(top.text, lexicon) or None
    begins = top.last + 1 if top.last >= first else first
    head = range(top.last + 1, min(top.last + 1 + HEAD_BLOCKS, ends))
    body = tuple(
        block
        for index, block in enumerate(blocks[begins:ends], begins)
        if not (index in bylines and index in head) and not lexicon.credits.fullmatch(block.text)
    )
    title = add_issuers(title, body[:CARD_BLOCKS], lexicon) if title else None
    above = blocks[max(0, top.first - HEAD_BLOCKS) : max(top.first, 0)]
    below = blocks[head.start : head.stop]
    # The signature of a cover notice stands above the title of its plan.
    signed, lone_days = body, find_lone_days(body, lexicon)
    if not lone_days:
        signed = blocks[: max(top.first, 0)]
        lone_days = [at for at in find_lone_days(signed, lexicon) if at and is_issuer(signed[at - 1].text, lexicon)]
    signature = signed[: lone_days[0]] if lone_days else ()
    days = (card.get("published", ""), reading.meta.get("published", ""))
    published = find_published_date(days, below, above, blocks[head.stop :], lexicon)
    head_line = lexicon.inline_heads.match(reading.text[:LONGEST_CARD_VALUE])
    issuers = (
        split_names(card.get("issuers", ""))
        or find_issuers(title or "", above, signature, lexicon)
        or (tuple(split_issuers(head_line["issuers"], lexicon)) if head_line else ())
    )
    stated = Article(
        title=title,
        plan_title=None,
        byline=_choose_spelling(bylines[index] for index in bylines if index in head) or reading.meta.get("byline"),
        credited_source=credited[-1] if credited else reading.meta.get("source"),
        published_date=published or _find_day_in_address(url),
        site=reading.meta.get("site") or _find_site_name(url, reading.text),
        document_number=card.get("number")
        or _find_number((*above, *below), lexicon)
        or (head_line["number"] if head_line else None),
        issuers=issuers or split_names(card.get("publisher", "")),
        signed_date=read_day(card.get("signed", ""), lexicon)
        or find_signed_date(top.text, body, [signed[index] for index in lone_days], issuers, lexicon),
        language=lexicon.language,
    )
    return LocatedArticle(body, stated)


def _find_number(head: Sequence[Block], lexicon: Lexicon) -> str | None:
    """The first line of the head that is a document number, in brackets or not, without the gaps that layout leaves."""
    numbers = (block.text.strip(" （）()") for block in head)
    number = next((text for text in numbers if lexicon.document_numbers.fullmatch(text)), None)
    return re.sub(r"(?<=[\u4e00-\u9fff〔〕\[\]\d])\s+(?=[\u4e00-\u9fff〔〕\[\]\d])", "", number) if number else None


def _read_card(blocks: Sequence[Block], lexicon: Lexicon) -> dict[str, str]:
    """The values on the document card before the text, by field; the first line that fills a field counts."""
    values: dict[str, str] = {}
    lines = [cell for block in blocks[:CARD_BLOCKS] for cell in (block.cells or (block.text,))]
    head = [line.strip() for line in lines if line.strip()]
    for index, line in enumerate(head):
        if len(line) > LONGEST_CARD_LINE:
            continue
        for name, pattern in lexicon.card.items():
            match = pattern.fullmatch(line)
            below = head[index + 1] if index + 1 < len(head) else ""
            value = (match["value"].strip(" *") or below) if match else ""
            if value and len(value) < LONGEST_CARD_VALUE and not value.endswith(("：", ":")):
                values.setdefault(name, value)
    return values


def add_issuers(title: str, head: Sequence[Block], lexicon: Lexicon) -> str:
    """The title with the plan's issuers before it, if a block of the head holds both; else the title alone."""
    for block in head:
        before, match, after = block.text.rpartition(title)
        if match and not after.strip() and len(before) <= SHORT_LINE and lexicon.issuers.fullmatch(before):
            return block.text
    return title


def _choose_spelling(names: Iterable[str]) -> str | None:
    """The first name, in mixed case if it is also spelled so; None if there are no names."""
    spellings = list(names)
    same = [name for name in spellings if name.casefold() == spellings[0].casefold()]
    return next((name for name in same if not name.isupper()), same[0] if same else None)


def _find_day_in_address(url: str) -> date | None:
    """The day in a path such as `/2021/03/04/` or `/20210304_`; None if there is none."""
    match = re.search(r"/(\d{4})[/-]?(\d{2})[/-]?(\d{2})(?:/|[^\d])", url)
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def _find_site_name(url: str, text: str) -> str | None:
    """The name in the address's host, spelled as the page spells it; the lower-case name if the page does not."""
    host = urlsplit(url).hostname or ""
    names: Sequence[str] = [label for label in host.split(".")[:-1] if label not in HOST_KINDS]
    if not names or host.replace(".", "").isdigit():
        return host or None
    name = names[-1]
    spelled = re.findall(rf"(?<![\w@./]){re.escape(name)}(?![\w.])", text, re.IGNORECASE)
    return next((spelling for spelling in spelled if spelling != spelling.lower()), name)
