"""The lines around a title in, the days out on which the text was published and signed.

A day counts only with evidence of what it is: a field that names it, a line that holds little else, a signature. A
deadline in a task, or a day that a sentence tells, is neither.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from extract.deadlines import read_day
from extract.issuers import is_issuer
from extract.labels import read_labels
from extract.lexicon.rows import Lexicon
from extract.reading.blocks import ROW, Block

# Lengths in characters. A line of the head that states a day is shorter than this; a line about delivery is searched
# for a day up to here; a day that stands alone on its line is shorter than this.
LONGEST_DATELINE, LONGEST_STATEMENT, SHORT_LINE = 120, 300, 40
# Length in characters of the beginning of a longer line in which it says when the text was published.
LONGEST_IMPRINT = 60
# Number of words, or of Chinese characters, that such a line may have beside its day.
MOST_WORDS, MOST_CHARACTERS = 7, 30
# Number of blocks below a title that may say in brackets when the text was passed; of blocks at the end of a document
# that may be its imprint.
BELOW, FOOT = 3, 30
# Number of times that a line is repeated from which on it runs through the document.
RUNNING = 3
# Number of characters of an issuer's name that are compared: a signature may shorten its beginning.
NAME_TAIL = 4
# What may surround a day; what separates it from the other statements of a line.
AROUND = " \t（）()[]【】,，.。"
BARS = re.compile(r"\s*[|｜•·]\s*")
IN_BRACKETS = re.compile(r"\s*[（(].*[)）]\s*")
# A line with which a text has begun: its addressee, or a sentence.
TEXT = re.compile(r"(?s).*[：:。]\s*")
# A time of day, which a page states beside the day on which it published a text.
CLOCK = re.compile(r"\d{1,2}:\d{2}")
HAN, WORD = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[A-Za-z]+")


def find_published_date(
    stated: Sequence[str], below: Sequence[Block], above: Sequence[Block], foot: Sequence[Block], lexicon: Lexicon
) -> date | None:
    """The day of publication, of a month without a day its first day; None if nothing states one.

    `stated` are the values of fields that name it, `below` and `above` the blocks near the title, `foot`
    those that may hold an imprint at the end.
    """
    imprint = [
        block.text
        for block in foot[-FOOT:]
        if len(block.text) < LONGEST_DATELINE and lexicon.imprints.match(block.text)
    ]
    return (
        _read_first_day((*stated, *_rank_datelines(below, lexicon), *_rank_datelines(above, lexicon)), lexicon)
        or _read_first_month((*stated, *(block.text for block in (*below, *above))), lexicon)
        or _read_first_day(imprint, lexicon)
        or _read_first_month(imprint, lexicon)
        or _read_first_month(_find_running_lines(foot), lexicon)
        or _read_first_month(_find_only_month(foot, lexicon), lexicon)
    )


def _find_only_month(blocks: Sequence[Block], lexicon: Lexicon) -> Iterator[str]:
    """The line with a month alone on it, near the beginning or the end, if a document has only one such line."""
    lines = {
        block.text.strip(AROUND): at
        for at, block in enumerate(blocks)
        if block.kind != ROW and _is_month_alone(block.text, lexicon)
    }
    if len(lines) == 1 and (min(lines.values()) < FOOT or max(lines.values()) >= len(blocks) - FOOT):
        yield from lines


def _find_running_lines(blocks: Sequence[Block]) -> Iterator[str]:
    """The short lines that a document repeats, as on each of its pages, the most frequent first."""
    lines = Counter(block.text for block in blocks if len(block.text) < SHORT_LINE)
    yield from (text for text, times in lines.most_common() if times >= RUNNING)


def find_lone_days(body: Sequence[Block], lexicon: Lexicon) -> list[int]:
    """The indexes of the blocks that are a day and nothing else, as stands below a signature; those below one first."""
    lone = [index for index, block in enumerate(body) if _is_day_alone(block.text, lexicon)]
    return sorted(lone, key=lambda index: not (index and is_issuer(body[index - 1].text, lexicon)))


def find_signed_date(
    title: str, body: Sequence[Block], lone_days: Sequence[Block], issuers: Sequence[str], lexicon: Lexicon
) -> date | None:
    """The day on which the text was signed or passed; None if nothing states one.

    It stands in brackets behind the title or below it, or is a lone day, or the first that stands
    directly behind an issuer's name.
    """
    behind = lexicon.title_tails.search(title)
    below = (block.text for block in body[:BELOW] if len(block.text) < LONGEST_DATELINE)
    passed = (text for text in below if IN_BRACKETS.fullmatch(text))
    signed = (block.text for block in lone_days)
    stated_days = (behind[0] if behind else "", *passed, *signed)
    return _read_first_day(stated_days, lexicon) or _read_first_day(_find_signatures(body, issuers, lexicon), lexicon)


def _find_signatures(body: Sequence[Block], issuers: Sequence[str], lexicon: Lexicon) -> Iterator[str]:
    """The days directly behind the last characters of an issuer's name, in long blocks: texts without line breaks."""
    for block in body if issuers else ():
        if len(block.text) > LONGEST_STATEMENT:
            for match in (match for style in lexicon.dates for match in style.finditer(block.text)):
                name = block.text[max(0, match.start() - NAME_TAIL) : match.start()]
                if len(name) == NAME_TAIL and any(issuer.endswith(name) for issuer in issuers):
                    yield match[0]


def _is_day_alone(text: str, lexicon: Lexicon) -> bool:
    """Whether a line is a day and nothing else, in brackets or not."""
    return len(text) < SHORT_LINE and lexicon.day_alone.fullmatch(text.strip(AROUND)) is not None


def _is_month_alone(text: str, lexicon: Lexicon) -> bool:
    """Whether a line is a month and nothing else but a word that says what it is."""
    return len(text) < LONGEST_DATELINE and lexicon.month_alone.fullmatch(text.strip(AROUND)) is not None


def _read_first_day(texts: Iterable[str], lexicon: Lexicon) -> date | None:
    return next((day for text in texts if (day := read_day(text, lexicon))), None)


def _read_first_month(texts: Iterable[str], lexicon: Lexicon) -> date | None:
    """The first day of the first month that stands alone on its line, or behind a word that says what it is."""
    for text in texts:
        match = lexicon.month_alone.fullmatch(text.strip(AROUND)) if len(text) < LONGEST_DATELINE else None
        if match:
            name = match["m"].lower()
            month = int(name) if name.isdigit() else lexicon.months.get(name[:3], 0)
            if 1 <= month <= 12 and int(match["y"]):
                return date(int(match["y"]), month, 1)
    return None


def _rank_datelines(blocks: Sequence[Block], lexicon: Lexicon) -> Iterator[str]:
    """The lines that may state the day: those about delivery or updating first, then those that hold little else."""
    begun = next((index for index, block in enumerate(blocks) if TEXT.fullmatch(block.text)), len(blocks))
    yield from (block.text for block in blocks if CLOCK.search(block.text) and _is_dateline(block, lexicon))
    for block in blocks:
        if lexicon.imprints.match(block.text):
            yield block.text[:LONGEST_IMPRINT]
        elif len(block.text) <= LONGEST_STATEMENT and lexicon.delivery_lines.match(block.text):
            yield "" if _is_dated_task(block, lexicon) else block.text
    for index, block in enumerate(blocks):
        if _is_dateline(block, lexicon):
            # A lone day in brackets is when the text was passed; one below an issuer's name, or below the first lines
            # of the text, is when it was signed.
            is_below_name = index > 0 and is_issuer(blocks[index - 1].text, lexicon)
            is_signed = block.text[0] in "（(" or is_below_name or index > begun
            if not (is_signed and _is_day_alone(block.text, lexicon)):
                yield block.text


def _is_dated_task(block: Block, lexicon: Lexicon) -> bool:
    """Whether a line is a sentence, has a label or sets a deadline: its day is not one of publication."""
    text = block.text
    is_labelled = bool(read_labels(text)) and not text[0].isdigit()
    return is_labelled or text.rstrip().endswith("。") or any(row.pattern.search(text) for row in lexicon.deadlines)


def _is_dateline(block: Block, lexicon: Lexicon) -> bool:
    """Whether a line holds a day and little else, and sets no deadline."""
    text = block.text
    if block.kind == ROW or len(text) >= LONGEST_DATELINE or read_day(text, lexicon) is None:
        return False
    if _is_dated_task(block, lexicon):
        return False
    part = next((part for part in BARS.split(text) if read_day(part, lexicon)), text)
    for style in lexicon.dates:
        part = style.sub(" ", part)
    return len(HAN.findall(part)) <= MOST_CHARACTERS and len(WORD.findall(part)) <= MOST_WORDS
