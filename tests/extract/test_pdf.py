"""PDFs: which letters make a line, in which order lines are read, and what they are."""

from __future__ import annotations

import pytest

from extract.reading import PDF, read
from extract.reading.blocks import HEADING, ITEM, PARAGRAPH, ROW
from tests.extract.files import make_pdf_with, make_placed_pdf, make_stream

LEFT = (
    "The harbour is dredged in spring, so that",
    "boats of every size may enter it at low",
    "water, and the quay is made longer by a",
    "third of what it measures today.",
)
RIGHT = (
    "Schools stay open in the afternoon, and",
    "each of them has a garden in which its",
    "pupils grow what is eaten at noon. Trees",
    "are planted along every road.",
)


DESCENDANT = (
    b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /A /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) >> >>"
)
Item = tuple[float, float, float, str] | str


def place(
    lines: tuple[str, ...], left: float, top: float, spacing: float = 13
) -> list[tuple[float, float, float, str]]:
    return [(left, top + spacing * index, 10, line) for index, line in enumerate(lines)]


def list_blocks(content: bytes) -> list[tuple[str, str]]:
    reading = read(content, PDF)
    assert all(reading.text[block.start : block.end] == block.text for block in reading.blocks)
    return [(block.kind, block.text) for block in reading.blocks]


def list_texts(content: bytes) -> list[str]:
    return [text for _, text in list_blocks(content)]


# columns


def test_columns_are_read_one_after_the_other() -> None:
    page: list[Item] = [
        (72, 80, 18, "Plan for the harbour and the schools"),
        *place(LEFT, 72, 120),
        *place(RIGHT, 320, 120),
    ]
    assert list_texts(make_placed_pdf(page)) == [
        "Plan for the harbour and the schools",
        " ".join(LEFT),
        " ".join(RIGHT),
    ]


def test_text_over_the_whole_width_divides_the_columns_above_from_those_below() -> None:
    wide = "All of this is paid for by the town, by the state and by those who use the harbour and the schools."
    page: list[Item] = [
        *place(LEFT, 72, 120),
        *place(RIGHT, 320, 120),
        (72, 200, 10, wide),
        *place(RIGHT, 72, 230),
        *place(LEFT, 320, 230),
    ]
    texts = [" ".join(LEFT), " ".join(RIGHT), wide, " ".join(RIGHT), " ".join(LEFT)]
    assert list_texts(make_placed_pdf(page)) == texts


def test_two_pages_side_by_side_are_read_one_after_the_other() -> None:
    halves = [
        [
            (left, 80, 16, f"Part {number}"),
            *((left, 110 + 60 * row, 12, f"*{number}.{row} Build a pier") for row in (1, 2, 3)),
            *((left, 125 + 60 * row, 10, "It is built of stone from the hills behind the town.") for row in (1, 2, 3)),
        ]
        for number, left in ((1, 60), (2, 480))
    ]
    headings = [
        text
        for kind, text in list_blocks(make_placed_pdf([*halves[0], *halves[1]], width=842, height=595))
        if kind == HEADING
    ]
    assert headings == [
        text for part in (1, 2) for text in (f"Part {part}", *(f"{part}.{row} Build a pier" for row in (1, 2, 3)))
    ]


def test_a_name_and_its_value_beside_it_are_one_line() -> None:
    page: list[Item] = [
        item
        for row, (name, value) in enumerate(
            (("Lead:", "Harbour Board"), ("Support:", "State Bank"), ("By:", "2030"), ("Cost:", "None"))
        )
        for item in ((72, 100 + 14 * row, 10, name), (220, 100 + 14 * row, 10, value))
    ]
    text = " ".join(list_texts(make_placed_pdf(page)))
    assert text == "Lead: Harbour Board Support: State Bank By: 2030 Cost: None"


# letters and lines


def test_a_narrow_gap_between_words_is_a_space() -> None:
    words = "BT /F1 10 Tf 72 700 Td [(Train) -250 (four) -250 (hundred) -250 (teachers)] TJ ET"
    assert list_texts(make_placed_pdf([words])) == ["Train four hundred teachers"]


def test_spaced_letters_are_words() -> None:
    words = "BT /F1 10 Tf 2 Tc 72 700 Td (Harbour plan) Tj ET"
    assert list_texts(make_placed_pdf([words])) == ["Harbour plan"]


def test_digits_in_another_font_and_size_stand_in_their_line() -> None:
    page: list[Item] = [(72, 100, 20, "Plan "), (122, 100, 21, "*2024"), (180, 100, 20, "for the town")]
    assert list_texts(make_placed_pdf(page)) == ["Plan 2024 for the town"]


def test_references_to_notes_are_left_out_and_raised_units_are_kept() -> None:
    page: list[Item] = [
        (72, 100, 10, "The board builds a quay"),
        (181, 96, 6, "12"),
        (190, 100, 10, "of 300 m"),
        (229.5, 96, 6, "2"),
        (236, 100, 10, "in all."),
    ]
    assert list_texts(make_placed_pdf(page)) == ["The board builds a quay of 300 m2 in all."]


def test_a_word_that_is_printed_again_as_its_shadow_is_read_once() -> None:
    page: list[Item] = [
        (72, 100, 20, "Harbour"),
        (73, 101, 20, "Harbour"),
        (72, 140, 20, "*Bold"),
        (72.2, 140, 20, "*Bold"),
    ]
    assert list_texts(make_placed_pdf(page)) == ["Harbour", "Bold"]


def test_a_page_that_lies_on_its_side_is_read() -> None:
    lines = [f"BT /F1 10 Tf 0 1 -1 0 {100 + 13 * index} 72 Tm ({line}) Tj ET" for index, line in enumerate(LEFT)]
    assert list_texts(make_placed_pdf(lines)) == [" ".join(LEFT)]


def test_letters_at_another_angle_and_letters_without_a_character_are_reported() -> None:
    aside = "BT /F1 10 Tf 0 1 -1 0 40 300 Tm (Draft) Tj ET"
    assert [problem.message for problem in read(make_placed_pdf([*place(LEFT, 72, 100), aside]), PDF).problems] == [
        "letters that stand at another angle than the text of their page are left out: 5"
    ]
    font = b"<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H /DescendantFonts [6 0 R] >>"
    content = make_pdf_with(b"BT /F1 12 Tf 72 700 Td <00010002> Tj ET", "/Font << /F1 5 0 R >>", font, DESCENDANT)
    assert [problem.message for problem in read(content, PDF).problems] == [
        "letters whose font does not say what they are, read as U+FFFD: 2"
    ]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (0x2F00, "一"),
        (0x2F45, "方"),
        (0x2EA0, "民"),
        (0x2EDD, "食"),
        (0xF9DC, "隆"),
        (0xFB01, "fi"),
        (0xFF08, "（"),
        (0x3001, "、"),
    ],
)
def test_look_alikes_of_characters_are_read_as_the_characters(code: int, text: str) -> None:
    names = make_stream(
        f"1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfchar <0001> <{code:04x}> endbfchar".encode()
    )
    font = b"<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H /DescendantFonts [6 0 R] /ToUnicode 7 0 R >>"
    content = make_pdf_with(
        b"BT /F1 12 Tf 72 700 Td <00010001> Tj ET", "/Font << /F1 5 0 R >>", font, DESCENDANT, names
    )
    assert list_texts(content) == [text * 2]


# paragraphs, headings, items


def test_a_paragraph_goes_on_in_the_next_column_and_on_the_next_page() -> None:
    first = [*place(LEFT[:3], 72, 120), *place(RIGHT[:3], 320, 120)]
    texts = list_texts(make_placed_pdf(first, place(LEFT[3:], 72, 120)))
    assert texts == [" ".join((*LEFT[:3], *RIGHT[:3], *LEFT[3:]))]


def test_lines_that_stand_far_apart_throughout_are_paragraphs() -> None:
    page: list[Item] = [*place(LEFT, 72, 100, spacing=24), *place(RIGHT, 72, 240, spacing=24)]
    assert list_texts(make_placed_pdf(page)) == [" ".join(LEFT), " ".join(RIGHT)]


def test_a_hyphen_that_divides_a_word_is_left_out_and_one_of_a_word_is_kept() -> None:
    lines = (
        "The development of the long-term plan is a matter for all, and the deve-",
        "lopment of boats and nets too. Nobody may say that it is only a long-",
        "term matter for those who live on the shore of one of the many lakes.",
    )
    text = list_texts(make_placed_pdf(place(lines, 72, 100)))[0]
    assert "the development of boats" in text
    assert "only a long-term matter" in text


def test_lines_of_a_list_without_bullets_are_apart() -> None:
    lines = (
        "Ministry of Boats",
        "State Bank",
        "Harbour Board",
        "Ministry of Schools and Gardens of the lakes and rivers",
    )
    assert list_texts(make_placed_pdf(place(lines, 72, 100))) == list(lines)


@pytest.mark.parametrize("mark", ["^z", "^zz", "\x95", "-"])
def test_marks_at_the_beginning_of_lines_are_bullets(mark: str) -> None:
    page: list[Item] = [
        item
        for row in range(3)
        for item in ((72, 102 + 60 * row, 10, mark), *place(LEFT[row:] + RIGHT[:row], 90, 100 + 60 * row))
    ]
    content = make_placed_pdf(page).replace(
        b"/BaseFont /Helvetica >>", b"/BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    )
    assert list_blocks(content)[0] == (ITEM, " ".join(LEFT))
    assert [kind for kind, _ in list_blocks(content)] == [ITEM] * 3


def test_letters_are_labels_and_no_bullets() -> None:
    page: list[Item] = [
        item
        for row, label in enumerate("abc")
        for item in ((72, 100 + 20 * row, 10, f"^({label})"), (90, 100 + 20 * row, 10, "Build."))
    ]
    assert list_texts(make_placed_pdf(page)) == ["(a) Build.", "(b) Build.", "(c) Build."]


def test_a_paragraph_may_begin_in_bold() -> None:
    page: list[Item] = [
        (72, 100, 10, "*Open the gates. The harbour is open at night to all who"),
        (72, 113, 10, "*come by boat,"),
        (146, 113, 10, "and the gates are opened for them by the"),
        (72, 126, 10, "board itself, or by those whom it asks to do so."),
        (72, 160, 10, "*Close the mines"),
        (72, 180, 10, "They are closed in the year after next, one after the other."),
    ]
    blocks = list_blocks(make_placed_pdf(page))
    assert [kind for kind, _ in blocks] == [PARAGRAPH, HEADING, PARAGRAPH]
    assert "come by boat, and the gates" in blocks[0][1]


def test_sizes_from_the_largest_down_are_the_levels_of_headings() -> None:
    page: list[Item] = [(72, 100, 24, "Plan"), (72, 140, 16, "Boats"), (72, 170, 13, "Nets"), *place(LEFT, 72, 200)]
    levels = [block.level for block in read(make_placed_pdf(page), PDF).blocks if block.kind == HEADING]
    assert levels == [1, 2, 3]


# what is left out


def test_running_heads_of_two_kinds_and_page_numbers_are_left_out() -> None:
    pages = [
        [
            (
                72 + 300 * (number % 2),
                30,
                12,
                f"A calm lake / {number}" if number % 2 else f"Plan of the lakes / {number}",
            ),
            (300, 770, 10, str(number)),
            (72, 100, 10, f"*{number}."),
            (90, 100, 10, f"Build pier {'abcdefgh'[number]} on the shore of the lake."),
        ]
        for number in range(1, 8)
    ]
    assert list_texts(make_placed_pdf(*pages)) == [
        f"{number}. Build pier {'abcdefgh'[number]} on the shore of the lake." for number in range(1, 8)
    ]


def test_numbered_headings_at_the_head_of_each_page_are_kept() -> None:
    pages = [[(72, 40, 10, f"*Recommendation {number}"), *place(LEFT, 72, 80)] for number in range(1, 6)]
    headings = [text for kind, text in list_blocks(make_placed_pdf(*pages)) if kind == HEADING]
    assert headings == [f"Recommendation {number}" for number in range(1, 6)]


def test_contents_are_left_out_with_leaders_or_without() -> None:
    entries = (("Boats", 3), ("Nets", 5), ("Schools", 9))
    without = [
        item
        for row, (name, number) in enumerate(entries)
        for item in ((72, 100 + 20 * row, 10, name), (500, 100 + 20 * row, 10, str(number)))
    ]
    leaders = [(72, 300 + 20 * row, 10, f"{name} ........ {number}") for row, (name, number) in enumerate(entries)]
    text = place(LEFT, 72, 100)
    assert list_texts(make_placed_pdf(without, text)) == list_texts(make_placed_pdf(leaders, text)) == [" ".join(LEFT)]


def test_small_print_beside_the_text_is_kept() -> None:
    page: list[Item] = [
        (72, 80, 7, "Small print above the text, which says who answers for it."),
        *place(LEFT, 72, 120),
    ]
    assert list_texts(make_placed_pdf(page))[0].startswith("Small print")


# tables


def rule(*lines: tuple[float, float, float, float], height: int = 792) -> str:
    return " ".join(f"{x0} {height - y0} m {x1} {height - y1} l S" for x0, y0, x1, y1 in lines)


def grid(xs: tuple[float, ...], ys: tuple[float, ...]) -> str:
    return rule(*((x, ys[0], x, ys[-1]) for x in xs), *((xs[0], y, xs[-1], y) for y in ys))


def list_rows(content: bytes) -> list[tuple[str, ...]]:
    return [block.cells for block in read(content, PDF).blocks if block.kind == ROW]


def test_ruled_cells_are_rows_and_a_cell_over_several_is_repeated() -> None:
    lines = rule(
        (72, 100, 500, 100),
        (200, 130, 500, 130),
        (72, 160, 500, 160),
        (72, 190, 500, 190),
        *((x, 100, x, 190) for x in (72, 200, 350, 500)),
    )
    page: list[Item] = [
        lines,
        *(
            (76 + 150 * (index % 3) - 22 * (index % 3 > 0), 118 + 30 * (index // 3), 10, word)
            for index, word in enumerate(
                ("Boats", "Build a pier", "Board", "", "Mend nets", "Bank", "Roads", "Plant trees", "Town")
            )
            if word
        ),
    ]
    assert list_rows(make_placed_pdf(page)) == [
        ("Boats", "Build a pier", "Board"),
        ("Boats", "Mend nets", "Bank"),
        ("Roads", "Plant trees", "Town"),
    ]


def test_a_table_goes_on_on_the_next_page_without_its_heading_row() -> None:
    pages: list[list[Item]] = [
        [
            grid((72, 300, 500), (100, 130, 160)),
            *((left, 118, 10, head) for left, head in ((76, "Action"), (304, "Lead"))),
            *((left, 148, 10, word) for left, word in ((76, action), (304, "Board"))),
        ]
        for action in ("Build a pier", "Mend nets")
    ]
    content = make_placed_pdf(*pages)
    assert list_rows(content) == [("Action", "Lead"), ("Build a pier", "Board"), ("Mend nets", "Board")]
    assert {block.table for block in read(content, PDF).blocks} == {1}


def test_boxes_around_and_behind_text_are_no_tables() -> None:
    panel = "0.9 g 60 560 450 150 re f 0.5 g 480 540 60 40 re f 0 g"
    frame = grid((50, 560), (60, 760)) + rule((500, 60, 500, 90), (500, 90, 560, 90))
    page: list[Item] = [panel, frame, *place(LEFT, 72, 100), *place(RIGHT, 72, 180), (520, 80, 10, "7")]
    assert not list_rows(make_placed_pdf(page))
    assert " ".join(LEFT) in list_texts(make_placed_pdf(page))


def test_shaded_cells_that_meet_are_a_table() -> None:
    cells = " ".join(
        f"{0.8 + 0.1 * ((row + column) % 2)} g {72 + 200 * column} {660 - 30 * row} 200 30 re f"
        for row in range(3)
        for column in range(2)
    )
    words = [
        (80 + 200 * column, 120 + 30 * row, 10, f"word {'abc'[row]}{column}") for row in range(3) for column in range(2)
    ]
    rows = list_rows(make_placed_pdf([f"{cells} 0 g", *words]))
    assert rows == [tuple(f"word {letter}{column}" for column in range(2)) for letter in "abc"]


# damage


def test_a_damaged_page_is_named_and_the_others_are_read() -> None:
    content = make_placed_pdf(place(LEFT, 72, 100), [(72, 100, 10, "lost")], place(RIGHT, 72, 100))
    damaged = content.replace(b"(lost) Tj", b"(lost) Tj /Fm0 Do 1 0 0").replace(
        b"/Resources << /Font <<", b"/Resources << /XObject << /Fm0 99 0 R >> /Font <<"
    )
    assert " ".join(RIGHT) in read(damaged, PDF).text
    stream = b"x\x9c" + b"\xff" * 40
    start = content.index(b"<< /Length", content.index(b"lost") - 80)
    end = content.index(b"endstream", start) + len(b"endstream")
    broken = content[:start] + make_stream(stream, "/Filter /FlateDecode") + content[end:]
    reading = read(broken, PDF)
    assert " ".join(LEFT) in reading.text
    assert " ".join(RIGHT) in reading.text
    assert [problem.message for problem in reading.problems] == [
        "page 2 of the PDF is damaged and not read whole: a part of it cannot be unpacked"
    ]
