"""A document's blocks and what its head states in, its title out.

Every text that can be the title is proposed: what a document card, front matter or the page's head states, headings,
and the lines at the top, each also joined with the lines after it. Each has its evidence, for and against; what is
stated is evidence for the lines with the same letters. The text with the most evidence is the title; there is none if
the evidence speaks against each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from extract.deadlines import read_day
from extract.issuers import is_issuer
from extract.labels import read_labels
from extract.lexicon.rows import Lexicon
from extract.reading.blocks import BOLD_LINE, CELL_SEPARATOR, HEADING, ROW, Block, Reading
from extract.sentences import needs_space, reduce_to_letters, unwrap_lines

# How much each kind of evidence counts for a title (above 0) or against it.
WEIGHTS = {
    # Who states it.
    "card": 5.0,
    "subject": 2.0,
    "subject with its kind": 2.5,
    "title": 4.0,
    "headline": 2.5,
    "window": 2.5,
    "cut from a stated title": -0.5,
    "within the text": 3.0,
    "part of a stated title": 1.0,
    "named in the text": 1.0,
    # How its line is set.
    "h1": 2.0,
    "h2": 1.0,
    "h3": 0.5,
    "bold": 0.5,
    "larger than all other headings": 2.0,
    "one of many headings of its size": -2.0,
    "underlined": 2.0,
    # Where it stands.
    "first line": 2.0,
    "line at the top": 0.5,
    "line far from the top": -2.5,
    "after the first paragraph": -2.0,
    "above the number or addressee": 2.0,
    "above the day or byline": 1.0,
    "within a title": -3.0,
    "joined to a line that is complete": -1.0,
    "continues below": -1.0,
    # How it reads.
    "words of a title": 1.5,
    "names a plan": 0.5,
    "capitals": 1.0,
    "short": -1.0,
    "incomplete": -4.0,
    "sentence": -3.5,
    "labelled": -1.0,
    "one of several labels": -4.0,
    "section": -1.5,
    "site or issuer": -4.0,
    "button or caption": -8.0,
    "kind alone": -1.5,
    "repeated in the window's title": -6.0,
    "statement about the document": -5.0,
    "field": -3.0,
    "bar": -3.5,
    "link or path": -3.0,
    "file name": -6.0,
}
# Number of blocks from the first of the article, and before it, whose lines are proposed; of headings, from the first.
TOP_BLOCKS, BLOCKS_BEFORE, FIRST_HEADINGS = 14, 12, 5
# Number of blocks, from the first of the page, among which those that stand above a title are told from others; and
# around a label, among which the next one is looked for.
HEAD = 60
# Number of lines that a title may be broken over, and its length in characters.
MOST_LINES, LONGEST = 6, 300
# Number of lines above a line that still stands at the top, and from which on it stands far from there.
NEAR_TOP, FAR_FROM_TOP = 3, 7
# Number of headings of one size from which on they are sections.
MANY_HEADINGS = 3
# Length in characters from which on a line that ends a sentence is a paragraph of the text.
PARAGRAPH = 90
# Length in characters of the beginning of a text without line breaks in which its title is looked for, and of the
# beginning of any text in which a stated title may be named.
BEGINNING, LONG_BEGINNING = 700, 14_000
# Share (0 to 1) of a stated title's letters that a line has to hold to be a part of it that counts.
TITLE_SHARE = 0.4
# Number of words, or of Chinese characters, from which on a line can be a title without naming a plan.
LEAST_WORDS, LEAST_CHARACTERS = 3, 6
# Number of words up to which a heading may be a piece of a title.
FEW_WORDS = 2
# Length in characters from which on a word of a title in capitals is written with one.
LONG_WORD = 4
# What the head of a document states: an author's title, the page's first headline, the window's title.
STATED = ("title", "headline", "window")
# Styles of labels that number a document in a collection, and are not part of its title.
PLAIN_LABELS = ("digits with a point", "han", "digits in brackets", "han in brackets")
# What stands between a page's title and the name of its site or section; a bar or an underscore always does.
SITE_MARKS = re.compile(
    r"\s*[|｜»›]\s*|\s*(?:::|--)\s*|\s+[-–—·•]\s+|_+|(?<=[\u4e00-\u9fff])\s*[-–—]+\s*(?=[\u4e00-\u9fff])|-\s+"
)
BAR_MARK = re.compile(r"\s*(?:[|｜»›_]|::)")
BRACKETS = {"《": "》", "〈": "〉", "（": "）", "(": ")", "“": "”", "[": "]", "「": "」", "『": "』"}
AROUND = " （）()"
# What may frame a title.
FRAME = " \t\u3000|｜"
HAN = re.compile(r"[\u4e00-\u9fff]")
LETTER = re.compile(r"[^\W\d_]")
FILE_NAME = re.compile(
    r"(?i)(?:(?:source|file|filename|文件名)\s*[:：].*|.*\.(?:pdf|docx?|html?|txt|md|wps|pptx?|xlsx?|indd)"
    r"|microsoft word\b.*|(?:word )?document\d*|untitled.*|无标题.*|新建.{0,20}文档.*|[\w-]+[_-]\d[\w-]*|x)"
)
LINK = re.compile(r"(?i)\S*(?:https?://|www\.)\S*.*|.*(?:<-|->|→|←|»|\s>\s).*")
SENTENCE = re.compile(r".*(?:[。；;！!？]|[\w)”\"]\.)\s*", re.DOTALL)
FIELD = re.compile(r"[\u4e00-\u9fff]{2,8}:\s.*|[a-z_]{2,20}:\s.*")
ZERO = re.compile(r"0[.．、]\s*\D")
BAR = re.compile(r".*\s[|｜]\s.*")
# A line that only marks a page; one of nothing but a rule; a day in brackets that may be broken over lines.
PAGE_MARK = re.compile(r"(?i)#?\s*(?:[-–—]\s*)?(?:page\s*\d+|第\s*\d+\s*页|\d+)\s*[:：]?(?:\s*[-–—])?")
RULE = re.compile(r"([=~^*#-])\1{2,}")
DAY_BEGINS = re.compile(r"[（(]\s*\d{4}\s*年.{0,12}")


@dataclass(slots=True)
class Title:
    """A text that can be the title: `first` and `last` are the indexes of its blocks, -1 if no block holds it.

    `evidence` are the weights of what speaks for it and against it, by kind.
    """

    text: str
    first: int = -1
    last: int = -1
    evidence: dict[str, float] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """The sum of the evidence."""
        return sum(self.evidence.values())

    def add(self, kinds: Iterable[str]) -> None:
        """Add evidence of these kinds; each counts once."""
        self.evidence.update((kind, WEIGHTS[kind]) for kind in kinds)


def find_title(reading: Reading, card: Mapping[str, str], lexicon: Lexicon) -> Title:
    """The title with the most evidence, of equal ones the first; one without text if the evidence is against each.

    `card` are the values on the document card.
    """
    best = max(propose_titles(reading, card, lexicon), key=lambda title: title.score, default=None)
    if best is None or best.score <= 0:
        return Title("")
    # A page sets gaps on purpose; in other text they are where lines were broken.
    if "headline" not in reading.meta:
        best.text = unwrap_lines(best.text)
    return best


def propose_titles(reading: Reading, card: Mapping[str, str], lexicon: Lexicon) -> list[Title]:
    """All texts that can be the title, each with its evidence; lines in the order of the text, then what is stated."""
    stated: dict[str, Title] = {}
    for title in _propose_stated(reading, card, lexicon):
        stated.setdefault(reduce_to_letters(title.text), title).evidence.update(title.evidence)
    lines = list(_propose_lines(reading, lexicon))
    whole = [reduce_to_letters(text) for _, text in _list_stated(reading, card)]
    sites = [reduce_to_letters(name) for name in _list_sites(reading)]
    keys = {reduce_to_letters(title.text) for title in lines}
    beginning = reduce_to_letters(reading.text[:LONG_BEGINNING])
    for title in lines:
        key = reduce_to_letters(title.text)
        if key in stated:
            title.evidence.update(stated[key].evidence)
        if {"card", "title", "headline"} & title.evidence.keys():
            title.evidence.pop("within a title", None)
        if any(key in text and key != text and len(key) >= TITLE_SHARE * len(text) for text in whole):
            title.add(["part of a stated title"])
    titles = [*lines, *(title for key, title in stated.items() if key not in keys)]
    for title in titles:
        key = reduce_to_letters(title.text)
        title.add(kind for kind, holds in WORDS.items() if holds(title.text, lexicon))
        if key in sites:
            title.add(
                ["site or issuer", "repeated in the window's title"] if sites.count(key) > 1 else ["site or issuer"]
            )
        if title.first < 0 and len(key) > LEAST_CHARACTERS and key in beginning:
            title.add(["named in the text"])
    return [title for title in titles if LETTER.search(title.text)]


def strip_title(text: str, lexicon: Lexicon) -> str:
    """A title without its label, the word that only announces it (标题：, 附件：) and the day or number behind it."""
    labels = read_labels(text)
    if labels and labels[0].style in PLAIN_LABELS and labels[0].length < len(text):
        text = text[labels[0].length :]
    return lexicon.title_tails.sub("", lexicon.title_heads.sub("", text, count=1), count=1).strip(FRAME)


# What is stated.


def _list_stated(reading: Reading, card: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What a document card and the document's own head state, each with the kind of its evidence."""
    values = [("card", card.get("title", "")), *((name, reading.meta.get(name, "")) for name in STATED)]
    yield from ((source, text) for source, text in values if 0 < len(text) <= 2 * LONGEST)


def _propose_stated(reading: Reading, card: Mapping[str, str], lexicon: Lexicon) -> Iterator[Title]:
    """What the document states as its title or subject, and what a text without line breaks holds."""
    for source, text in _list_stated(reading, card):
        kinds = [source, "file name"] if FILE_NAME.fullmatch(text) else [source]
        for number, words in enumerate(_shorten_stated(text, reading.meta.get("site", ""))):
            title = Title(words)
            title.add([*kinds, "cut from a stated title"] if number else kinds)
            yield title
    if subject := card.get("subject"):
        kind = _find_kind(reading.blocks[:TOP_BLOCKS], lexicon)
        title = Title(f"{kind}{subject}")
        title.add(["subject", "subject with its kind"] if kind else ["subject"])
        yield title
    if reading.blocks and len(reading.blocks[0].text) > PARAGRAPH:
        match = lexicon.inline_titles.match(reading.text[:BEGINNING].lstrip("\ufeff \n"))
        if match:
            title = Title(match["title"])
            title.add(["within the text"])
            yield title


def _find_kind(blocks: Sequence[Block], lexicon: Lexicon) -> str:
    """The kind of the text and its number, as stand above a subject ("Executive Order No. 5: "); "" if none does."""
    texts = [text for index in range(len(blocks)) for _, text in _join_lines(blocks, index, len(blocks), lexicon)]
    kinds = (match["kind"] for text in texts if (match := lexicon.kinds_alone.fullmatch(text)))
    kind = max(kinds, key=len, default="")
    return f"{kind.rstrip(': ')}: " if kind else ""


def _shorten_stated(text: str, site: str) -> Iterator[str]:
    """A stated title as far as its first bar, if it has one, then with less and less of what follows its dashes.

    A site's name at its beginning or end, and words that it repeats at its end, are left out.
    """
    marks = list(SITE_MARKS.finditer(text))
    starts, ends = [0, *(mark.end() for mark in marks)], [*(mark.start() for mark in marks), len(text)]
    keys = [reduce_to_letters(text[start:end]) for start, end in zip(starts, ends, strict=True)]
    first, last = 0, len(keys)
    site = reduce_to_letters(site)
    while last - 1 > first and (not keys[last - 1] or keys[last - 1] == site or keys[last - 1] in keys[: last - 1]):
        last -= 1
    while first + 1 < last and keys[first] in ("", site):
        first += 1
    bars = [index for index in range(first + 1, last) if BAR_MARK.match(marks[index - 1][0])]
    for cut in dict.fromkeys([*bars[:1], last, *range(last - 1, first, -1)]):
        yield text[starts[first] : ends[cut - 1]].strip()


def _list_sites(reading: Reading) -> Iterator[str]:
    """The names of the site and of its sections: the later parts of the window's title, or else of an author's."""
    yield reading.meta.get("site", "")
    stated = reading.meta.get("window") or reading.meta.get("title", "")
    yield from SITE_MARKS.split(stated[: 2 * LONGEST])[1:]


# Lines.


def _propose_lines(reading: Reading, lexicon: Lexicon) -> Iterator[Title]:
    """The headings and the lines at the top, each also joined with the lines after it."""
    blocks, (first, last) = reading.blocks, reading.main
    headings = [index for index in range(last) if blocks[index].kind == HEADING]
    levels = [blocks[index].level for index in headings]
    prose = next((index for index in range(first, last) if _is_paragraph(blocks[index])), last)
    is_head = [_is_head_line(block, lexicon) for block in blocks[: min(HEAD, last)]]
    inner: set[int] = set()  # the blocks of titles that begin above them
    for index in sorted(
        {*range(max(0, first - BLOCKS_BEFORE), min(first + TOP_BLOCKS, last)), *headings[:FIRST_HEADINGS]}
    ):
        block = blocks[index]
        if _is_row(block) or len(block.text) > LONGEST:
            continue
        between = range(min(first, index), max(first, index))
        distance = sum(position >= HEAD or not is_head[position] for position in between)
        below = blocks[index + 1].text if index + 1 < last else ""
        goes_on = below[:1].islower() or lexicon.title_ends.fullmatch(below) is not None
        begins_more = goes_on or is_open(block.text, lexicon) or is_issuer(block.text, lexicon)
        evidence = [*_judge_size(block, levels), *_judge_distance(distance)]
        evidence += ["after the first paragraph"] if index > prose else []
        evidence += ["within a title"] if index in inner else []
        evidence += ["one of several labels"] if _is_in_sequence(blocks, index) else []
        for end, text in _join_lines(blocks, index, last, lexicon):
            title = Title(text, index, end)
            title.add([*evidence, *_judge_lines_below(blocks, end, lexicon)])
            if end > index and begins_more:
                inner.add(end)
            elif end > index:
                title.add(["joined to a line that is complete"])
            yield title


def _join_lines(blocks: Sequence[Block], index: int, last: int, lexicon: Lexicon) -> Iterator[tuple[int, str]]:
    """The line at an index, and it with the lines that can go on with it: the index of the last block, the text."""
    text = blocks[index].text
    yield index, text
    if (
        _is_statement(text, lexicon)
        or lexicon.buttons.fullmatch(text)
        or PAGE_MARK.fullmatch(text)
        or RULE.fullmatch(text)
    ):
        return
    for below in range(index + 1, min(index + MOST_LINES, last)):
        before, block = blocks[below - 1], blocks[below]
        is_kind = lexicon.kinds_alone.fullmatch(text) is not None
        if PAGE_MARK.fullmatch(block.text) or (is_kind and lexicon.day_alone.fullmatch(block.text)):
            continue
        if _is_row(block) or len(text) + len(block.text) > LONGEST or _is_statement(block.text, lexicon):
            return
        is_alike = (block.kind == HEADING) == (before.kind == HEADING) and (
            block.level == before.level or block.text[0].islower()
        )
        if lexicon.kinds_alone.fullmatch(f"{text} {block.text}"):
            text = f"{text} {block.text}"
        elif is_kind and not _is_paragraph(block):
            text = f"{text.rstrip(': ')}: {block.text}"
        elif (
            is_open(text, lexicon)
            or lexicon.title_ends.fullmatch(block.text)
            or (
                is_alike
                and (
                    _can_follow(text, block.text, lexicon)
                    or _are_issuers(text, block.text, lexicon)
                    or _are_pieces(before, block)
                )
            )
        ):
            text = f"{text}{' ' if needs_space(text, block.text) else ''}{block.text}"
        else:
            return
        yield below, text


def is_open(text: str, lexicon: Lexicon) -> bool:
    """Whether a text has a bracket or quotation that does not end in it, or ends with a word that needs another."""
    return any(text.count(mark) > text.count(end) for mark, end in BRACKETS.items()) or bool(
        lexicon.open_titles.fullmatch(text)
    )


def _can_follow(text: str, below: str, lexicon: Lexicon) -> bool:
    """Whether the line below can belong to a title that is not complete by its words."""
    is_complete = lexicon.titles.fullmatch(text) or SENTENCE.fullmatch(text)
    return not is_complete and lexicon.title_goes_on.fullmatch(below) is not None


def _are_issuers(text: str, below: str, lexicon: Lexicon) -> bool:
    """Whether a line names issuers, and the line below names more, or begins with more."""
    if not is_issuer(text, lexicon):
        return False
    match = lexicon.title_issuers.match(below[:LONGEST])
    return is_issuer(match["issuers"] if match else below, lexicon)


def _are_pieces(before: Block, block: Block) -> bool:
    """Whether two headings of one size can be words of one title, which a cover sets each on a line of its own."""
    both = (before.text, block.text)
    return block.kind == HEADING and all(text.isascii() and len(text.split()) <= FEW_WORDS for text in both)


def _is_row(block: Block) -> bool:
    """Whether a block is a row of a table with several cells; one cell may be the frame of a title."""
    return block.kind == ROW and CELL_SEPARATOR in block.text


def _is_paragraph(block: Block) -> bool:
    return block.kind not in (HEADING, ROW) and len(block.text) > PARAGRAPH and bool(SENTENCE.fullmatch(block.text))


def _is_statement(text: str, lexicon: Lexicon) -> bool:
    """Whether a line states something about the document: its number, addressee, author, source or day."""
    rows = (lexicon.bylines, lexicon.credits)
    is_day = DAY_BEGINS.match(text) or lexicon.day_alone.fullmatch(text.strip(AROUND))
    return bool(is_day) or _is_addressed(text, lexicon) or any(row.fullmatch(text) for row in rows)


def _is_addressed(text: str, lexicon: Lexicon) -> bool:
    """Whether a line is the document's number or names its addressees, as stands below an official title."""
    number = lexicon.document_numbers.fullmatch(text.strip(AROUND))
    return number is not None or lexicon.addressees.fullmatch(text) is not None


def _is_head_line(block: Block, lexicon: Lexicon) -> bool:
    """Whether a block can stand above a title: of the document card, an issuer, a number, a name of a file."""
    if _is_row(block):
        return True
    text = block.text
    return len(text) <= PARAGRAPH and (
        _is_letterhead(text, lexicon)
        or lexicon.document_numbers.fullmatch(text.strip(AROUND)) is not None
        or FILE_NAME.fullmatch(text) is not None
        or lexicon.buttons.fullmatch(text) is not None
        or any(row.fullmatch(text) for row in lexicon.card.values())
    )


def _is_letterhead(text: str, lexicon: Lexicon) -> bool:
    """Whether a line is a letterhead or names issuers; a letterhead may be set wide."""
    spread = text.replace(" ", "") if HAN.search(text) and len(text) <= PARAGRAPH else text
    return lexicon.letterheads.fullmatch(spread) is not None or is_issuer(text, lexicon)


def _is_in_sequence(blocks: Sequence[Block], index: int) -> bool:
    """Whether a line has a label, and the next label of its style before or after it is the neighbouring one."""
    for label in read_labels(blocks[index].text):
        for near, step in ((blocks[index + 1 : index + HEAD], 1), (blocks[max(0, index - HEAD) : index][::-1], -1)):
            others = (other for block in near for other in read_labels(block.text) if other.style == label.style)
            if (other := next(others, None)) and other.ordinal == label.ordinal + step:
                return True
    return False


def _judge_size(block: Block, levels: Sequence[int]) -> Iterator[str]:
    """Evidence in the level of a heading; `levels` are those of all headings."""
    if block.kind == HEADING:
        yield {1: "h1", 2: "h2", BOLD_LINE: "bold"}.get(block.level, "h3")
        same = levels.count(block.level)
        if same == 1 and block.level == min(levels):
            yield "larger than all other headings"
        if same >= MANY_HEADINGS:
            yield "one of many headings of its size"


def _judge_distance(distance: int) -> Iterator[str]:
    """Evidence in the number of lines between the article's beginning and a line."""
    if distance < NEAR_TOP:
        yield "line at the top" if distance else "first line"
    if distance >= FAR_FROM_TOP:
        yield "line far from the top"


def _judge_lines_below(blocks: Sequence[Block], last: int, lexicon: Lexicon) -> Iterator[str]:
    """Evidence in the line below the block at an index; marks of pages are passed over."""
    below = next((block.text for block in blocks[last + 1 : last + 3] if not PAGE_MARK.fullmatch(block.text)), "")
    if RULE.fullmatch(below):
        yield "underlined"
    if _is_addressed(below, lexicon):
        yield "above the number or addressee"
    elif _is_statement(below, lexicon) or (
        len(below) < PARAGRAPH and (read_day(below, lexicon) or lexicon.month_alone.fullmatch(below))
    ):
        yield "above the day or byline"
    elif lexicon.title_ends.fullmatch(below) or (
        not is_open(blocks[last].text, lexicon) and _can_follow(blocks[last].text, below, lexicon)
    ):
        yield "continues below"


# Words.


def _is_official(text: str, lexicon: Lexicon) -> bool:
    return lexicon.titles.fullmatch(strip_title(text, lexicon)) is not None


def _has_plan_name(text: str, lexicon: Lexicon) -> bool:
    return lexicon.plan_titles.fullmatch(strip_title(text, lexicon)) is not None


def _is_short(text: str, lexicon: Lexicon) -> bool:
    few = len(text.split()) < LEAST_WORDS and len(HAN.findall(text)) < LEAST_CHARACTERS
    return few and not _has_plan_name(text, lexicon)


def _is_section(text: str, lexicon: Lexicon) -> bool:
    bare = strip_title(text, lexicon)
    return any(row.fullmatch(bare) for row in (lexicon.non_areas, lexicon.without_tasks))


def _is_capitalised(text: str) -> bool:
    """Whether all letters are capitals, or all long words begin with one."""
    words = [word for word in text.split() if len(word) >= LONG_WORD and word[0].isalpha()]
    return text.isupper() or (len(words) >= LEAST_WORDS and all(word[0].isupper() for word in words))


# What the words of a text are evidence of.
WORDS: dict[str, Callable[[str, Lexicon], bool]] = {
    "words of a title": _is_official,
    "names a plan": _has_plan_name,
    "capitals": lambda text, _: _is_capitalised(text),
    "short": _is_short,
    "incomplete": is_open,
    "sentence": lambda text, _: len(text) > LONGEST or (SENTENCE.fullmatch(text) is not None and not text.isupper()),
    "labelled": lambda text, _: bool(read_labels(text) or ZERO.match(text)),
    "section": _is_section,
    "site or issuer": lambda text, lexicon: _is_letterhead(text, lexicon) and not _is_official(text, lexicon),
    "button or caption": lambda text, lexicon: lexicon.buttons.fullmatch(text) is not None,
    "kind alone": lambda text, lexicon: lexicon.kinds_alone.fullmatch(text) is not None,
    "statement about the document": lambda text, lexicon: (
        _is_statement(text, lexicon) or any(row.fullmatch(text) for row in lexicon.card.values())
    ),
    "field": lambda text, _: FIELD.fullmatch(text) is not None,
    "bar": lambda text, _: BAR.fullmatch(text) is not None,
    "link or path": lambda text, _: LINK.fullmatch(text) is not None,
    "file name": lambda text, _: bool(FILE_NAME.fullmatch(text) or PAGE_MARK.fullmatch(text)),
}
