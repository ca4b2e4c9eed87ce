"""Units in, features out: what is known of each unit, as a row of numbers.

A feature is a property of the outline, or says that a row of the lexicon matches. It is evidence; what it counts the
fitted weights say. A unit's own features are followed by those of its siblings of the same style (`group_…`), of all
units of its style (`style_…`) and of those under the same style (`pair_…`), of the units above it and in it, and of
the document.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from extract.claims import Statement
from extract.lexicon.rows import (
    AREA,
    AREAS,
    BODY,
    DEADLINE,
    LEAD,
    ORDINAL,
    OUTPUT,
    RESPONSIBLE,
    SUPPORT,
    TASK,
    TASKS,
    Lexicon,
)
from extract.reading.blocks import HEADING, ROW, Block
from extract.sentences import reduce_to_letters, shorten_to_heading
from extract.units import BULLET, COLUMN, LEAD_IN, LINE, LOOSE, PARAGRAPH, Unit, find_ends

Matrix = NDArray[np.float32]
# Characters of a unit, of a block, and before a group of siblings, that are searched.
SEARCHED, SEARCHED_IN_BLOCK, INTRODUCTION = 300, 3_000, 200
KINDS = (BULLET, LEAD_IN, LINE, PARAGRAPH, COLUMN, LOOSE, "heading")
COLUMN_KINDS = ("", TASK, LEAD, SUPPORT, RESPONSIBLE, DEADLINE, AREA, ORDINAL, OUTPUT, BODY)
# Numbers for kinds of numerals, by the name of a label style; styles that documents use alike share one.
NUMERALS = {
    "part": 0, "chapter": 0, "section": 0, "article": 1, "han": 2, "han in brackets": 3, "enclosed han": 3,
    "digits with a point": 4, "digits in brackets": 5, "decimal": 6, "decimal of three": 7, "roman in brackets": 8,
    "roman with a point": 8, "letter in brackets": 9, "letter with a bracket": 9, "letter with a point": 9,
    "digits with a bracket": 10, "bare digits": 11, "circled": 12, "enclosed digits": 12, "named": 13,
    "ordinal in Chinese": 2, "han with a verb": 15, "ordinal": 15, "letter and digits": 6, "decimal of four": 7,
    "digits with a dash": 4, "digits in square brackets": 5,
}  # fmt: skip
OTHER_NUMERAL = 14
# Named labels that count what is to be done ("Action 1"), unlike those of sections ("Theme 1").
COUNTS_TASKS = re.compile(
    r"named (?:.* )?(?:action|task|measure|recommendation|step|initiative|commitment|milestone|proposal|pledge)"
    r"|named in chinese"
)
SENTENCE = re.compile(r"[。！？]|[.!?](?:\s|$)")
WORD = re.compile(r"[^\W\d_][\w'’-]*")
# A line of names and values, such as "Published: 3 May Source: Ministry".
FIELDS = re.compile(r"(?:[^\W\d_][\w ]{1,20}[:：][^:：]{1,60}\s){1,6}[^\W\d_][\w ]{1,20}[:：][^:：]{1,60}$")
ADDRESS = re.compile(r"https?:|www\.|@")
# Features of a unit whose mean over its siblings, its style and its pair of styles are features too.
SHARED = (
    "acts", "obliges", "responsible", "own_responsible", "deadline", "full_stop", "colon", "question", "you", "reports",
    "binds", "capitals", "heading", "without_tasks", "safeguards", "log_title", "log_own", "children", "title_case",
    "sentences", "past", "title_task", "title_goal", "repeats", "speaks", "law", "advises", "states",
)  # fmt: skip
# Features of a unit that those below inherit, once from the unit above and once from any above.
INHERITED = (
    "without_tasks", "safeguards", "non_area", "annex", "foreign", "box", "named_task", "named_other", "plan_title",
    "past", "acts", "colon", "title_task", "title_goal",
)  # fmt: skip
# Features of the unit above that are numbers, -1 if there is none.
OF_PARENT = ("log_title", "numeral", "level", "ordinal", "is_line", "labelled")
# Shared features that are compared between the levels of the outline and between the document's styles.
KEY = ("acts", "obliges", "own_responsible", "deadline", "log_title", "title_case")
# Features of a unit whose mean over the document is a feature of it.
OVER_DOCUMENT = (
    "acts", "obliges", "past", "you", "binds", "reports", "question", "full_stop", "speaks", "law", "advises",
    "states", "deadline", "own_responsible", "title_case", "log_title", "labelled", "sentences",
)  # fmt: skip
# Names of the exclusions of a lexicon, in their order.
EXCLUSIONS = ("question_line", "you", "binds", "reports")


@dataclass(frozen=True, slots=True)
class UnitFeatures:
    """The features of units: one row each in `matrix`, and the column of each name."""

    matrix: Matrix
    columns: dict[str, int]

    def select(self, names: Sequence[str]) -> list[int]:
        """The columns of names."""
        return [self.columns[name] for name in names]


def describe_units(
    units: Sequence[Unit], blocks: Sequence[Block], statements: Sequence[Statement], lexicon: Lexicon, title: str
) -> UnitFeatures:
    """The features of the units of an article; `title` is the article's, `statements` its counts of itself."""
    own = _OwnFeatures(units, blocks, lexicon)
    described = own.describe()
    names = list(described)
    matrix = np.array(list(described.values()), dtype=np.float32).T.copy()
    column = {name: at for at, name in enumerate(names)}
    parts, all_names = [matrix], list(names)
    tables = [blocks[unit.block].table for unit in units]
    by_group: list[Hashable] = [(unit.parent, unit.style, table) for unit, table in zip(units, tables, strict=True)]
    by_style: list[Hashable] = [(unit.style, unit.head) for unit in units]
    above = [None if unit.parent is None else units[unit.parent].style for unit in units]
    by_pair: list[Hashable] = list(zip(by_style, above, strict=True))
    shared = matrix[:, [column[name] for name in SHARED]]
    averages = {}
    for prefix, keys in (("group", by_group), ("style", by_style), ("pair", by_pair)):
        averages[prefix] = _compute_means(shared, keys, units)
        parts.append(averages[prefix])
        all_names += [f"{prefix}_{name}" for name in (*SHARED, "count", "parents")]
    for part, part_names in (
        _list_inherited(units, matrix, column),
        _compare_levels(units, matrix[:, [column[name] for name in KEY]], averages["group"], averages["style"]),
        _describe_document(own, by_group, statements, title),
        _describe_mean(matrix[:, [column[name] for name in OVER_DOCUMENT]]),
    ):
        parts.append(part)
        all_names += part_names
    return UnitFeatures(np.concatenate(parts, axis=1), {name: at for at, name in enumerate(all_names)})


class _OwnFeatures:
    """Describes each unit by itself, with what its text, the text before it and the text in it say.

    Each feature is computed for all units at once: a list with a number for each of them.
    """

    def __init__(self, units: Sequence[Unit], blocks: Sequence[Block], lexicon: Lexicon) -> None:
        self.units, self.blocks, self.lexicon = units, blocks, lexicon
        self.words = [unit.title[:SEARCHED] for unit in units]
        self.heads = [shorten_to_heading(words) for words in self.words]
        self.kinds = [unit.style.partition(" ")[0] for unit in units]
        # The block of each unit, the one after its own text, and the one after all that is in it.
        self.starts = [unit.block for unit in units]
        below = [*self.starts[1:], 0]
        self.own_ends = [
            start + 1 if kind == COLUMN else max(after, start + 1)
            for start, after, kind in zip(self.starts, below, self.kinds, strict=True)
        ]
        ends = find_ends(units, len(blocks))
        self.ends = [max(end, start + 1) for start, end in zip(self.starts, ends, strict=True)]
        texts = [block.text[:SEARCHED_IN_BLOCK] for block in blocks]
        # Sums up to each block: of blocks that state a responsibility, an obligation, a deadline, and of characters.
        self.responsible = _compute_sums(_match_all(lexicon.responsibility.search, texts))
        self.obliges = _compute_sums(_match_all(lexicon.obligations.search, texts))
        self.deadline = _compute_sums(_match_all(lexicon.deadline_words.search, texts))
        self.characters = _compute_sums(map(len, texts))
        letters = [reduce_to_letters(words) for words in self.words]
        first = {words: at for at, words in reversed(list(enumerate(letters)))}
        last = {words: at for at, words in enumerate(letters)}
        # Whether a unit's words stand before it or after it too, as in a table of contents, a summary or an annex.
        self.repeats = [first[words] < at for at, words in enumerate(letters)]
        self.is_repeated = [last[words] > at for at, words in enumerate(letters)]
        # The units right in each unit, how many of them have a label, and how many are bullets.
        self.children, self.labelled_children, self.bullets = [0] * len(units), [0] * len(units), [0] * len(units)
        self.introductions: list[str] = []
        introduction_of: dict[Hashable, str] = {}
        for unit, kind in zip(units, self.kinds, strict=True):
            if unit.parent is not None:
                self.children[unit.parent] += 1
                self.labelled_children[unit.parent] += unit.label.length > 0
                self.bullets[unit.parent] += kind == BULLET
            siblings = (unit.parent, unit.style, blocks[unit.block].table)
            before = blocks[unit.block - 1].text[-INTRODUCTION:] if unit.block else ""
            self.introductions.append(introduction_of.setdefault(siblings, before))
        self.head_of_table: dict[int, int] = {}
        self.rows_of_table: Counter[int] = Counter()
        for at, block in enumerate(blocks):
            if block.kind == ROW:
                self.head_of_table.setdefault(block.table, at)
                self.rows_of_table[block.table] += 1
        self.kinds_of_table = {table: self._recognise(blocks[at]) for table, at in self.head_of_table.items()}

    def _recognise(self, head: Block) -> list[str]:
        """What each column of a table holds, by its head."""
        cells = (" ".join(cell.split()).strip(" *:：")[:SEARCHED] for cell in head.cells)
        columns = self.lexicon.columns.items()
        return [next((kind for kind, pattern in columns if pattern.fullmatch(cell)), "") for cell in cells]

    def describe(self) -> dict[str, Sequence[float]]:
        """The own features of the units, always with the same names in the same order."""
        return {**self._describe_marks(), **self._describe_words(), **self._describe_place(), **self._describe_cells()}

    def _describe_marks(self) -> dict[str, Sequence[float]]:
        """The features of the units by their labels, their headings and their lengths."""
        units, kinds, starts = self.units, self.kinds, self.starts
        blocks = [self.blocks[start] for start in starts]
        of_style = {style: _describe_label_style(style) for style in {unit.label.style for unit in units}}
        labels = [of_style[unit.label.style] for unit in units]
        features: dict[str, Sequence[float]] = {f"is_{name}": [kind == name for kind in kinds] for name in KINDS}
        return features | {
            "labelled": [unit.label.length > 0 for unit in units],
            "numeral": [
                numeral if unit.label.length else -1 for unit, (numeral, _, _) in zip(units, labels, strict=True)
            ],
            "named_task": [names_task for _, names_task, _ in labels],
            "named_other": [names_other for _, _, names_other in labels],
            "heading": [block.kind == HEADING for block in blocks],
            "level": [block.level if block.kind == HEADING else 0 for block in blocks],
            "depth": [unit.depth for unit in units],
            "ordinal": [min(unit.label.ordinal, 60) for unit in units],
            "log_title": [math.log1p(len(unit.title)) for unit in units],
            "log_head": [math.log1p(len(head)) for head in self.heads],
            "log_own": [math.log1p(length) for length in _count_between(self.characters, starts, self.own_ends)],
            "log_subtree": [math.log1p(length) for length in _count_between(self.characters, starts, self.ends)],
            "blocks": [math.log1p(end - start) for start, end in zip(starts, self.ends, strict=True)],
        }

    def _describe_words(self) -> dict[str, Sequence[float]]:
        """The features of the units by their own words, and by what the blocks in them state."""
        lexicon, words, heads, starts = self.lexicon, self.words, self.heads, self.starts
        tails = [unit.title[-1:] for unit in self.units]
        lengths = [end - start for start, end in zip(starts, self.ends, strict=True)]
        obliging = _count_between(self.obliges, starts, self.ends)
        digits = [sum(map(str.isdigit, text)) / max(len(text), 1) for text in words]
        features: dict[str, Sequence[float]] = {
            "full_stop": [tail in (".", "。") for tail in tails],
            "colon": [tail in (":", "：") for tail in tails],
            "semicolon": [tail in (";", "；", ",", "，") for tail in tails],
            "question": ["?" in text or "？" in text for text in words],
            "sentences": [min(len(SENTENCE.findall(unit.title[: 2 * SEARCHED])), 6) for unit in self.units],
            "acts": _match_all(lexicon.actions.match, heads),
            "obliges": _match_all(lexicon.obligations.search, heads),
            "own_responsible": [count > 0 for count in _count_between(self.responsible, starts, self.own_ends)],
            "responsible": [count > 0 for count in _count_between(self.responsible, starts, self.ends)],
            "obliges_below": [count / length for count, length in zip(obliging, lengths, strict=True)],
            "deadline": [count > 0 for count in _count_between(self.deadline, starts, self.own_ends)],
            "past": _match_all(lexicon.past.search, [text[:80] for text in words]),
            "speaks": _match_all(lexicon.speakers.search, words),
            "law": _match_all(lexicon.law_words.search, words),
            "advises": _match_all(lexicon.advice.search, words),
            "states": _match_all(lexicon.states.search, words),
            "capitals": [text[:60].isupper() for text in words],
            "title_case": [_compute_title_case(text) for text in words],
            "lower_start": [text[:1].islower() for text in words],
            "digits": digits,
            "link": _match_all(ADDRESS.search, words),
            "bracket_end": [tail in (")", "）") for tail in tails],
            "without_tasks": _match_all(lexicon.without_tasks.fullmatch, heads),
            "safeguards": [len(head) < 80 and lexicon.safeguards.search(head) is not None for head in heads],
            "non_area": _match_all(lexicon.non_areas.fullmatch, heads),
            "plan_title": [len(head) < 120 and lexicon.plan_titles.fullmatch(head) is not None for head in heads],
            "annex": _match_all(lexicon.annexes.fullmatch, [text[:150] for text in words]),
            "foreign": _match_all(lexicon.other_sections.fullmatch, heads),
            "box": _match_all(lexicon.boxes.match, [self.blocks[start].text for start in starts]),
            "card": _match_any([*(pattern.fullmatch for pattern in lexicon.card.values()), FIELDS.match], words),
            "day": [
                share > 0 and any(row.search(text) for row in lexicon.dates)
                for share, text in zip(digits, words, strict=True)
            ],
        }
        features |= dict.fromkeys(EXCLUSIONS, [0.0] * len(words))
        for name, exclusion in zip(EXCLUSIONS, lexicon.exclusions, strict=False):
            features[name] = _match_all(exclusion.pattern.match, words)
        return features

    def _describe_place(self) -> dict[str, Sequence[float]]:
        """The features of the units by what stands before them, and by where and among which others they stand."""
        lexicon, starts, total = self.lexicon, self.starts, max(self.characters[-1], 1)
        before = [self.blocks[start - 1].text.rstrip()[-1:] if start else "" for start in starts]
        siblings = {text: self._describe_introduction(text) for text in set(self.introductions)}
        introductions = zip(*(siblings[text] for text in self.introductions), strict=True)
        names = ("intro_task", "intro_goal", "intro_obliges", "intro_colon")
        beginnings = [head[:80] for head in self.heads]
        children = [max(count, 1) for count in self.children]
        return {
            "repeats": self.repeats,
            "is_repeated": self.is_repeated,
            "after_colon": [tail in (":", "：") for tail in before],
            **dict(zip(names, introductions, strict=True)),
            "title_task": _match_all(lexicon.task_nouns.search, beginnings),
            "title_goal": _match_all(lexicon.goal_nouns.search, beginnings),
            "children": [math.log1p(count) for count in self.children],
            "child_labelled": [part / count for part, count in zip(self.labelled_children, children, strict=True)],
            "child_bullets": [part / count for part, count in zip(self.bullets, children, strict=True)],
            "position": [self.characters[start] / total for start in starts],
            "subtree_share": [length / total for length in _count_between(self.characters, starts, self.ends)],
        }

    def _describe_introduction(self, text: str) -> tuple[bool, bool, bool, bool]:
        """What the text before a group of siblings says: it is the same for all of them."""
        lexicon = self.lexicon
        return (
            lexicon.task_nouns.search(text) is not None,
            lexicon.goal_nouns.search(text) is not None,
            lexicon.introductions.search(text) is not None,
            text.rstrip()[-1:] in (":", "："),
        )

    def _describe_cells(self) -> dict[str, Sequence[float]]:
        """The features of the cells by their columns and tables; -1 or 0 for what is none."""
        described = [
            self._describe_cell(unit, self.blocks[unit.block], is_cell=kind == COLUMN)
            for unit, kind in zip(self.units, self.kinds, strict=True)
        ]
        names = (
            "column", "columns", "table_rows", "column_kind", "head_row", "table_has_task", "table_has_body",
        )  # fmt: skip
        return dict(zip(names, zip(*described, strict=True), strict=True))

    def _describe_cell(self, unit: Unit, block: Block, *, is_cell: bool) -> tuple[float, ...]:
        if not is_cell:
            return -1, -1, -1, -1, False, False, False
        kinds = self.kinds_of_table[block.table]
        return (
            unit.column,
            len(block.cells),
            math.log1p(self.rows_of_table[block.table]),
            COLUMN_KINDS.index(kinds[unit.column]) if unit.column < len(kinds) else 0,
            unit.block == self.head_of_table[block.table],
            TASK in kinds,
            bool({LEAD, SUPPORT, RESPONSIBLE}.intersection(kinds)),
        )


def _describe_label_style(style: str) -> tuple[int, bool, bool]:
    """The kind of a label style's numeral; whether it counts tasks; whether it is named and counts something else."""
    base = style.split(",", maxsplit=1)[0].removesuffix(" in headings")
    is_named, names_tasks = base.startswith("named"), COUNTS_TASKS.match(base) is not None
    return NUMERALS.get("named" if is_named else base, OTHER_NUMERAL), names_tasks, is_named and not names_tasks


def _compute_title_case(text: str) -> float:
    """The share (0 to 1) of a text's first words that begin with a capital letter; 0 if it has no words."""
    words = WORD.findall(text[:160])
    return sum([word[0].isupper() for word in words]) / len(words) if words else 0


def _match_all(match: Callable[[str], re.Match[str] | None], texts: Iterable[str]) -> list[bool]:
    """Whether each text matches."""
    return [match(text) is not None for text in texts]


def _match_any(matches: Sequence[Callable[[str], re.Match[str] | None]], texts: Sequence[str]) -> list[bool]:
    """Whether each text matches in one of several ways."""
    return list(map(any, zip(*(_match_all(match, texts) for match in matches), strict=True)))


def _count_between(sums: Sequence[int], starts: Sequence[int], ends: Sequence[int]) -> list[int]:
    """The sums of what lies between starts and ends."""
    return [sums[end] - sums[start] for start, end in zip(starts, ends, strict=True)]


def _compute_sums(values: Iterable[int]) -> list[int]:
    """The sums of the values before each index, and of all."""
    return list(accumulate(values, initial=0))


def _compute_means(shared: Matrix, keys: Sequence[Hashable], units: Sequence[Unit]) -> Matrix:
    """The means of shared features over the units of one key, how many they are, and under how many others."""
    members: dict[Hashable, list[int]] = defaultdict(list)
    for at, key in enumerate(keys):
        members[key].append(at)
    means = np.zeros((len(units), shared.shape[1] + 2), dtype=np.float32)
    for index in members.values():
        means[index, :-2] = shared[index].mean(axis=0)
        means[index, -2] = math.log1p(len(index))
        means[index, -1] = len({units[at].parent for at in index})
    return means


def _list_inherited(units: Sequence[Unit], matrix: Matrix, column: dict[str, int]) -> tuple[Matrix, list[str]]:
    """What each unit inherits from the unit above it, and from all above it."""
    count, inherited = len(INHERITED), matrix[:, [column[name] for name in INHERITED]]
    part = np.zeros((len(units), 2 * count + len(OF_PARENT)), dtype=np.float32)
    parents = _list_parents(units)
    has_parent = parents >= 0
    part[has_parent, :count] = inherited[parents[has_parent]]
    part[:, 2 * count :] = -1
    part[has_parent, 2 * count :] = matrix[parents[has_parent]][:, [column[name] for name in OF_PARENT]]
    above, at = part[:, count : 2 * count], parents
    while (inside := at >= 0).any():
        above[inside] = np.maximum(above[inside], inherited[at[inside]])
        at = np.where(inside, parents[at], -1)
    names = [f"parent_{name}" for name in INHERITED] + [f"above_{name}" for name in INHERITED]
    return part, names + [f"of_parent_{name}" for name in OF_PARENT]


def _list_parents(units: Sequence[Unit]) -> NDArray[np.int64]:
    """The index of the unit that each unit lies in, -1 if it lies in none."""
    return np.array([-1 if unit.parent is None else unit.parent for unit in units], dtype=np.int64)


def _compare_levels(units: Sequence[Unit], own: Matrix, of_group: Matrix, of_style: Matrix) -> tuple[Matrix, list[str]]:
    """How each unit's key features (`own`) compare with those above it, in it, and in the document's other styles."""
    shared = [SHARED.index(name) for name in KEY]
    part = np.zeros((len(units), 3 * len(KEY) + 4), dtype=np.float32)
    parents = _list_parents(units)
    has_parent = parents >= 0
    parents = parents[has_parent]
    part[has_parent, : len(KEY)] = of_group[parents][:, shared]
    sums, sizes = np.zeros((len(units), len(KEY))), np.bincount(parents, minlength=len(units))
    np.add.at(sums, parents, own[has_parent])
    part[:, len(KEY) : 2 * len(KEY)] = sums / np.maximum(sizes, 1)[:, None]
    counts = Counter(unit.style for unit in units)
    first_of_style: dict[str, int] = {}
    for at, unit in enumerate(units):
        if counts[unit.style] > 1:
            first_of_style.setdefault(unit.style, at)
    repeated = list(first_of_style.values()) or [0]
    part[:, 2 * len(KEY) : 3 * len(KEY)] = of_style[:, shared] - of_style[repeated][:, shared].max(axis=0)
    marked = [at for at in repeated if units[at].label.length or units[at].style.startswith("heading")]
    if marked:
        part[:, 3 * len(KEY) : 3 * len(KEY) + 3] = of_style[marked][:, shared[:3]].max(axis=0)
    part[:, -1] = np.log1p(sizes)
    names = [f"{prefix}_{name}" for prefix in ("parent_group", "children", "relative") for name in KEY]
    return part, [*names, *(f"best_marked_{name}" for name in KEY[:3]), "children_count"]


def _describe_mean(matrix: Matrix) -> tuple[Matrix, list[str]]:
    """The means of features over all units of the document, the same for each unit."""
    means = np.repeat(matrix.mean(axis=0, keepdims=True), len(matrix), axis=0)
    return means, [f"mean_{name}" for name in OVER_DOCUMENT]


def _describe_document(
    own: _OwnFeatures, groups: Sequence[Hashable], statements: Sequence[Statement], title: str
) -> tuple[Matrix, list[str]]:
    """The features of the document, the same for each unit but for how its counts match those that are stated."""
    stated = {unit: {each.stated for each in statements if each.counted == unit} for unit in (TASKS, AREAS)}
    lexicon, styles = own.lexicon, [unit.style for unit in own.units]
    of_group, of_style = Counter(groups), Counter(styles)
    blocks = max(len(own.blocks), 1)
    of_all = {
        "zh": lexicon.language == "zh",
        "names_plan": bool(lexicon.plans.search(title)),
        "is_plan_title": bool(lexicon.plan_titles.fullmatch(title.strip())),
        "other_text": bool(lexicon.other_texts.search(title)),
        "articles": math.log1p(sum(unit.label.style == "article" for unit in own.units)),
        "log_units": math.log1p(len(own.units)),
        "doc_responsible": own.responsible[-1] / blocks,
        "doc_obliges": own.obliges[-1] / blocks,
        "doc_stated": len(stated[TASKS]),
    }
    rows = [
        [
            of_style[style] in stated[TASKS],
            of_group[group] in stated[TASKS],
            of_style[style] in stated[AREAS],
            of_group[group] in stated[AREAS],
            of_style[style] / len(styles),
        ]
        for group, style in zip(groups, styles, strict=True)
    ]
    names = ["stated_style", "stated_group", "stated_area_style", "stated_area_group", "style_share", *of_all]
    same = np.tile(np.array(list(of_all.values()), dtype=np.float32), (len(rows), 1))
    return np.concatenate([np.array(rows, dtype=np.float32), same], axis=1), names
