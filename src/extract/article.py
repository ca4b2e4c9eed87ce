"""The blocks of a whole page in, the article out: its body's blocks, and the title, byline, dates and source around it.

What is stated in several places is taken from the most reliable one: a document card, the page's own metadata, the
lines around the title, the address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from extract.deadlines import read_day
from extract.labels import read_labels
from extract.lexicon.rows import Lexicon
from extract.plan import Article
from extract.reading.blocks import HEADING, Block, Reading
from extract.sentences import reduce_to_letters, unwrap_lines

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
    title_at, title = _find_title(reading, card.get("title"), min(bylines, default=None), lexicon)
    title_at, title = _extend_title(reading, title_at, title, lexicon)
    head = range(title_at + 1, min(title_at + 1 + HEAD_BLOCKS, ends))
    begins = title_at + 1 if title_at >= first else first
    body = tuple(
        block
        for index, block in enumerate(blocks[begins:ends], begins)
        if not (index in bylines and index in head) and not lexicon.credits.fullmatch(block.text)
    )
    title = add_issuers(title, body[:CARD_BLOCKS], lexicon) if title else None
    datelines = (
        *(card.get("published", ""), reading.meta.get("published", "")),
        *_rank_datelines(blocks[head.start : head.stop], lexicon),
        *_rank_datelines(blocks[max(first, title_at - HEAD_BLOCKS) : max(title_at, 0)], lexicon),
    )
    # A cover notice and a text end with a day that stands alone on its line.
    lone_days = (
        block.text
        for block in body
        if len(block.text) < SHORT_LINE and lexicon.day_alone.fullmatch(block.text.strip(" （）()"))
    )
    head_lines = (block.text for block in blocks[begins : begins + HEAD_BLOCKS])
    stated = Article(
        title=title,
        plan_title=None,
        byline=_choose_spelling(bylines[index] for index in bylines if index in head) or reading.meta.get("byline"),
        credited_source=credited[-1] if credited else reading.meta.get("source"),
        published_date=_read_first_day(datelines, lexicon) or _find_day_in_address(url),
        site=reading.meta.get("site") or _find_site_name(url, reading.text),
        document_number=card.get("number") or next(filter(lexicon.document_numbers.fullmatch, head_lines), None),
        issuers=tuple(filter(None, re.split(r"[\s、;；]+|,\s+", card.get("issuers", "")))),
        signed_date=_read_first_day((card.get("signed", ""), *lone_days), lexicon),
        language=lexicon.language,
    )
    return LocatedArticle(body, stated)


def _read_first_day(texts: Iterable[str], lexicon: Lexicon) -> date | None:
    return next((day for text in texts if (day := read_day(text, lexicon))), None)


def _rank_datelines(blocks: Sequence[Block], lexicon: Lexicon) -> Iterator[str]:
    """The lines near the title that may state a day: those about delivery or updating first, then all short ones."""
    yield from (block.text[:LONGEST_STATEMENT] for block in blocks if lexicon.delivery_lines.match(block.text))
    yield from (block.text for block in blocks if len(block.text) < LONGEST_DATELINE)


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


def _find_title(
    reading: Reading, on_card: str | None, first_byline: int | None, lexicon: Lexicon
) -> tuple[int, str | None]:
    """The index of the title's block, or -1 if no block holds it, and the title; None if nothing states one.

    Candidates in this order: what a document card or the page's metadata state, if a block has the same words; the
    first heading; the line above the byline, or the first line like a title; what only the page's head states.
    """
    blocks = reading.blocks
    stated = [text for text in (on_card, *(reading.meta.get(name) for name in ("title", "headline"))) if text]
    for text in stated:
        at = _find_title_block(text, blocks)
        if at >= 0:
            return at, blocks[at].text
    named = [
        at
        for at, block in enumerate(blocks[:HEAD_BLOCKS])
        if lexicon.plan_titles.fullmatch(block.text) and not lexicon.letterheads.fullmatch(block.text)
    ]
    if on_card and not named:
        at = next((at for at, block in enumerate(blocks[:CARD_BLOCKS]) if block.text.endswith(on_card)), -1)
        return at, on_card
    headings = [
        index
        for index, block in enumerate(blocks[: reading.main[1]])
        if block.kind == HEADING
        and len(block.text) <= LONGEST_STATEMENT
        and not lexicon.non_areas.fullmatch(block.text)
    ]
    window = reading.meta.get("window")
    at = _find_title_block(window, blocks) if window else -1
    if at < 0 and (largest := _find_main_heading(headings, blocks)) >= 0:
        if window and read_labels(blocks[largest].text) and blocks[largest].level > 1:
            return -1, window
        at = largest
    if at < 0 and not window and not any(text != on_card for text in stated):
        above = range(first_byline - 1, -1, -1) if first_byline is not None else range(min(HEAD_BLOCKS, len(blocks)))
        likely = [index for index in above if _is_like_title(blocks[index].text, lexicon)]
        names = [index for index in likely[:FIRST_LINES] if index in named]
        at = next(iter(names if first_byline is None else ()), next(iter(likely), -1))
    return at, blocks[at].text if at >= 0 else next(iter(stated), window)


def _extend_title(reading: Reading, at: int, title: str | None, lexicon: Lexicon) -> tuple[int, str | None]:
    """A title that is broken over several blocks: the index of its last block, and the whole title."""
    stated = [reduce_to_letters(text) for name, text in reading.meta.items() if name in ("title", "headline", "window")]
    last = min(at + MOST_TITLE_LINES, len(reading.blocks) - 1)
    while title and 0 <= at < last:
        below = reading.blocks[at + 1].text
        longer = f"{title} {below}"
        continues = lexicon.title_goes_on.fullmatch(below) and not lexicon.plans.search(title)
        if not continues and not any(text.startswith(reduce_to_letters(longer)) for text in stated):
            break
        at, title = at + 1, longer
    return at, unwrap_lines(title) if title else None


def add_issuers(title: str, head: Sequence[Block], lexicon: Lexicon) -> str:
    """The title with the plan's issuers before it, if a block of the head holds both; else the title alone."""
    for block in head:
        before, match, after = block.text.rpartition(title)
        if match and not after.strip() and len(before) <= SHORT_LINE and lexicon.issuers.fullmatch(before):
            return block.text
    return title


def _find_title_block(title: str, blocks: Sequence[Block]) -> int:
    """The index of the block that holds the title or the most of its beginning; -1 if none does.

    The beginning is enough, since a page's head often adds the site's name to the title.
    """
    plain = reduce_to_letters(title)
    lengths = {
        index: len(letters)
        for index, block in enumerate(blocks)
        if len(block.text) <= 2 * len(title) + TITLE_MARGIN
        and len(letters := reduce_to_letters(block.text)) > max(LEAST_TITLE_LETTERS, TITLE_SHARE * len(plain))
        and plain.startswith(letters)
    }
    return max(lengths, key=lambda index: (lengths[index], -index), default=-1)


def _find_main_heading(headings: Sequence[int], blocks: Sequence[Block]) -> int:
    """The index of the largest of the first headings; -1 if there is none or it is one of many sections."""
    first = min(headings[:FIRST_HEADINGS], key=lambda index: blocks[index].level, default=-1)
    if first < 0:
        return -1
    alike = [index for index in headings if blocks[index].level == blocks[first].level]
    return -1 if len(alike) > 1 and read_labels(blocks[first].text) else first


def _is_like_title(text: str, lexicon: Lexicon) -> bool:
    """Whether a line can be a title: not too long or short, without a label or a full stop, not a letterhead."""
    if len(text) > LONGEST_STATEMENT or lexicon.day_alone.fullmatch(text.strip(" （）()")):
        return False
    is_letterhead = lexicon.letterheads.fullmatch(text) and not lexicon.plans.search(text)
    if is_letterhead or re.search(r"[.。，,；;：:]\s*$", text):
        return False
    is_long_enough = len(text.split()) >= LEAST_WORDS or len(re.findall(r"[\u4e00-\u9fff]", text)) >= LEAST_CHARACTERS
    return bool(is_long_enough or lexicon.plan_titles.fullmatch(text)) and not read_labels(text)


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
