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
from collections.abc import Hashable, Iterable, Sequence
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
    "sentences", "past", "title_task", "title_goal", "repeats",
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
    rows = [own.describe(at) for at in range(len(units))]
    names = list(rows[0])
    matrix = np.array([list(row.values()) for row in rows], dtype=np.float32)
    column = {name: at for at, name in enumerate(names)}
    parts, all_names = [matrix], list(names)
    tables = [blocks[unit.block].table for unit in units]
    by_group: list[Hashable] = [(unit.parent, unit.style, table) for unit, table in zip(units, tables, strict=True)]
    by_style: list[Hashable] = [unit.style for unit in units]
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
    ):
        parts.append(part)
        all_names += part_names
    return UnitFeatures(np.concatenate(parts, axis=1), {name: at for at, name in enumerate(all_names)})


class _OwnFeatures:
    """Describes each unit by itself, with what its text, the text before it and the text in it say."""

    def __init__(self, units: Sequence[Unit], blocks: Sequence[Block], lexicon: Lexicon) -> None:
        self.units, self.blocks, self.lexicon = units, blocks, lexicon
        self.ends = find_ends(units, len(blocks))
        texts = [block.text[:SEARCHED_IN_BLOCK] for block in blocks]
        # Sums up to each block: of blocks that state a responsibility, an obligation, a deadline, and of characters.
        self.responsible = _compute_sums(bool(lexicon.responsibility.search(text)) for text in texts)
        self.obliges = _compute_sums(bool(lexicon.obligations.search(text)) for text in texts)
        self.deadline = _compute_sums(bool(lexicon.deadline_words.search(text)) for text in texts)
        self.characters = _compute_sums(map(len, texts))
        letters = [reduce_to_letters(unit.title[:SEARCHED]) for unit in units]
        first = {words: at for at, words in reversed(list(enumerate(letters)))}
        last = {words: at for at, words in enumerate(letters)}
        # Whether a unit's words stand before it or after it too, as in a table of contents, a summary or an annex.
        self.repeats = [first[words] < at for at, words in enumerate(letters)]
        self.is_repeated = [last[words] > at for at, words in enumerate(letters)]
        self.children: list[list[int]] = [[] for _ in units]
        self.introductions: list[str] = []
        introduction_of: dict[Hashable, str] = {}
        for at, unit in enumerate(units):
            if unit.parent is not None:
                self.children[unit.parent].append(at)
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

    def describe(self, at: int) -> dict[str, float]:
        """The own features of a unit, always with the same names in the same order."""
        unit, lexicon = self.units[at], self.lexicon
        block = self.blocks[unit.block]
        words = unit.title[:SEARCHED]
        head = shorten_to_heading(words)
        kind, base = unit.style.split(" ")[0], unit.label.style.split(",")[0].removesuffix(" in headings")
        below = self.units[at + 1].block if at + 1 < len(self.units) and kind != COLUMN else 0
        own_end, end = max(below, unit.block + 1), max(self.ends[at], unit.block + 1)
        tail, letters = unit.title[-1:], WORD.findall(words[:160])
        introduction, first = self.introductions[at], head[:80]
        children = [self.units[child] for child in self.children[at]]
        before = self.blocks[unit.block - 1].text.rstrip() if unit.block else ""
        names_tasks = bool(COUNTS_TASKS.match(base))
        numeral = (
            NUMERALS.get("named" if base.startswith("named") else base, OTHER_NUMERAL) if unit.label.length else -1
        )
        features: dict[str, float] = {f"is_{name}": kind == name for name in KINDS}
        features |= {
            "labelled": unit.label.length > 0,
            "numeral": numeral,
            "named_task": names_tasks,
            "named_other": base.startswith("named") and not names_tasks,
            "heading": block.kind == HEADING,
            "level": block.level if block.kind == HEADING else 0,
            "depth": unit.depth,
            "ordinal": min(unit.label.ordinal, 60),
            "log_title": math.log1p(len(unit.title)),
            "log_head": math.log1p(len(head)),
            "log_own": math.log1p(self.characters[own_end] - self.characters[unit.block]),
            "log_subtree": math.log1p(self.characters[end] - self.characters[unit.block]),
            "blocks": math.log1p(end - unit.block),
            "full_stop": tail in (".", "。"),
            "colon": tail in (":", "："),
            "semicolon": tail in (";", "；", ",", "，"),
            "question": "?" in words or "？" in words,
            "sentences": min(len(SENTENCE.findall(unit.title[: 2 * SEARCHED])), 6),
            "acts": bool(lexicon.actions.match(head)),
            "obliges": bool(lexicon.obligations.search(head)),
            "own_responsible": self.responsible[own_end] > self.responsible[unit.block],
            "responsible": self.responsible[end] > self.responsible[unit.block],
            "obliges_below": (self.obliges[end] - self.obliges[unit.block]) / (end - unit.block),
            "deadline": self.deadline[own_end] > self.deadline[unit.block],
            "past": bool(lexicon.past.search(words[:80])),
            "capitals": words[:60].isupper(),
            "title_case": sum(word[0].isupper() for word in letters) / len(letters) if letters else 0,
            "lower_start": words[:1].islower(),
            "digits": sum(map(str.isdigit, words)) / max(len(words), 1),
            "link": bool(ADDRESS.search(words)),
            "bracket_end": tail in (")", "）"),
            "without_tasks": bool(lexicon.without_tasks.fullmatch(head)),
            "safeguards": len(head) < 80 and bool(lexicon.safeguards.search(head)),
            "non_area": bool(lexicon.non_areas.fullmatch(head)),
            "plan_title": len(head) < 120 and bool(lexicon.plan_titles.fullmatch(head)),
            "annex": bool(lexicon.annexes.fullmatch(words[:150])),
            "foreign": bool(lexicon.other_sections.fullmatch(head)),
            "box": bool(lexicon.boxes.match(block.text)),
            "card": any(pattern.fullmatch(words) for pattern in lexicon.card.values()) or bool(FIELDS.match(words)),
            "day": any(pattern.search(words) for pattern in lexicon.dates),
        }
        features |= dict.fromkeys(EXCLUSIONS, 0.0)
        for name, exclusion in zip(EXCLUSIONS, lexicon.exclusions, strict=False):
            features[name] = bool(exclusion.pattern.match(words))
        features |= {
            "repeats": self.repeats[at],
            "is_repeated": self.is_repeated[at],
            "after_colon": before[-1:] in (":", "：") and bool(before),
            "intro_task": bool(lexicon.task_nouns.search(introduction)),
            "intro_goal": bool(lexicon.goal_nouns.search(introduction)),
            "intro_obliges": bool(lexicon.introductions.search(introduction)),
            "intro_colon": introduction.rstrip()[-1:] in (":", "：") and bool(introduction),
            "title_task": bool(lexicon.task_nouns.search(first)),
            "title_goal": bool(lexicon.goal_nouns.search(first)),
            "children": math.log1p(len(children)),
            "child_labelled": sum(child.label.length > 0 for child in children) / max(len(children), 1),
            "child_bullets": sum(child.style.startswith(BULLET) for child in children) / max(len(children), 1),
            "position": self.characters[unit.block] / max(self.characters[-1], 1),
            "subtree_share": (self.characters[end] - self.characters[unit.block]) / max(self.characters[-1], 1),
        }
        return features | self._describe_cell(unit, block, is_cell=kind == COLUMN)

    def _describe_cell(self, unit: Unit, block: Block, *, is_cell: bool) -> dict[str, float]:
        """The features of a cell by its column and table; -1 or 0 for what is none."""
        kinds = self.kinds_of_table[block.table] if is_cell else []
        return {
            "column": unit.column if is_cell else -1,
            "columns": len(block.cells) if is_cell else -1,
            "table_rows": math.log1p(self.rows_of_table[block.table]) if is_cell else -1,
            "column_kind": COLUMN_KINDS.index(kinds[unit.column]) if unit.column < len(kinds) else 0 if is_cell else -1,
            "head_row": is_cell and unit.block == self.head_of_table[block.table],
            "table_has_task": TASK in kinds,
            "table_has_body": bool({LEAD, SUPPORT, RESPONSIBLE}.intersection(kinds)),
        }


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
    of_parent = matrix[:, [column[name] for name in OF_PARENT]]
    part = np.zeros((len(units), 2 * count + len(OF_PARENT)), dtype=np.float32)
    for at, unit in enumerate(units):
        if unit.parent is None:
            part[at, 2 * count :] = -1
            continue
        part[at, :count] = inherited[unit.parent]
        part[at, count : 2 * count] = np.maximum(inherited[unit.parent], part[unit.parent, count : 2 * count])
        part[at, 2 * count :] = of_parent[unit.parent]
    names = [f"parent_{name}" for name in INHERITED] + [f"above_{name}" for name in INHERITED]
    return part, names + [f"of_parent_{name}" for name in OF_PARENT]


def _compare_levels(units: Sequence[Unit], own: Matrix, of_group: Matrix, of_style: Matrix) -> tuple[Matrix, list[str]]:
    """How each unit's key features (`own`) compare with those above it, in it, and in the document's other styles."""
    shared = [SHARED.index(name) for name in KEY]
    part = np.zeros((len(units), 3 * len(KEY) + 4), dtype=np.float32)
    sums, sizes = np.zeros((len(units), len(KEY))), np.zeros(len(units))
    for at, unit in enumerate(units):
        if unit.parent is not None:
            part[at, : len(KEY)] = of_group[unit.parent, shared]
            sums[unit.parent] += own[at]
            sizes[unit.parent] += 1
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
            *of_all.values(),
        ]
        for group, style in zip(groups, styles, strict=True)
    ]
    names = ["stated_style", "stated_group", "stated_area_style", "stated_area_group", "style_share", *of_all]
    return np.array(rows, dtype=np.float32), names
