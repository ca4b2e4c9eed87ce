from __future__ import annotations

import io
import random
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.reader import read_plan
from extract.reading import DOCX, PDF, choose_media_type, read
from extract.reading.blocks import HEADING, ITEM, ROW, Block
from tests.extract.files import change_word, make_pdf, make_word

PRINTED = make_pdf(
    [
        (24, "Plan for the Lakes"),
        (0, ""),
        (16, "Roads"),
        (0, ""),
        (11, "1. Build the shore road, and with it a path that all can use, along the northern shore from"),
        (11, "the old mill to the landing."),
        (11, "2. Open the bridge."),
        (8, "1 A note at the foot of the page, in small letters."),
    ],
    [(16, "Boats"), (0, ""), (11, "3. Light the landings.")],
)


def test_a_pdf_is_read_by_its_letter_sizes() -> None:
    blocks = read(PRINTED, PDF).blocks
    headings = [(block.text, block.level) for block in blocks if block.kind == HEADING]
    assert headings == [("Plan for the Lakes", 1), ("Roads", 2), ("Boats", 2)]
    assert "from the old mill to the landing." in blocks[2].text
    assert not any("note at the foot" in block.text for block in blocks)


def test_a_plan_is_read_from_a_pdf() -> None:
    plan = read_plan(PRINTED, "application/octet-stream", "")
    assert plan.article.title == "Plan for the Lakes"
    assert [(task.label, task.area) for task in plan.tasks] == [("1.", 0), ("2.", 0), ("3.", 1)]
    assert [area.title for area in plan.areas] == ["Roads", "Boats"]


def test_lines_on_every_page_are_left_out() -> None:
    lines = ["The pier is built", "The school opens", "Trees are planted", "Boats run at night", "All is done"]
    pages = [
        [(9.0, "PLAN FOR THE LAKES"), (0.0, ""), (11.0, line), (9.0, str(number))]
        for number, line in enumerate(lines, 1)
    ]
    text = read(make_pdf(*pages), PDF).text
    assert " ".join(text.split()) == " ".join(lines)


def test_a_word_document_is_read_with_its_automatic_numbers() -> None:
    blocks = read(make_word(), DOCX).blocks
    assert [block.text for block in blocks if block.kind == HEADING] == ["Plan for the Lakes", "Roads", "Boats"]
    assert [block.text for block in blocks if block.kind == ITEM] == [
        "1. Build the shore road.",
        "2. Open the bridge.",
        "3. Light the landings.",
        "a point",
    ]
    assert [block.cells for block in blocks if block.kind == ROW] == [("Lead", "Date"), ("A", "B")]


RUN = "<w:r><w:rPr>{}</w:rPr><w:t xml:space='preserve'>{}</w:t></w:r>"


def read_body(xml: str) -> list[Block]:
    """The blocks of a Word document that begins with this body."""
    content = change_word("word/document.xml", lambda text: text.replace("<w:body>", f"<w:body>{xml}<w:p/>", 1))
    blocks = read(content, DOCX).blocks
    return list(blocks[: next(at for at, block in enumerate(blocks) if block.text == "Plan for the Lakes")])


def test_changes_of_a_word_document_are_read_as_if_they_were_accepted() -> None:
    shown, gone = RUN.format("", "Build the {} pier. "), RUN.format("", "the old pier")
    paragraphs = (
        f"<w:p><w:ins>{shown.format('new')}</w:ins><w:del>{gone.replace('w:t', 'w:delText')}</w:del></w:p>",
        f"<w:p><w:moveFrom>{gone}</w:moveFrom><w:moveTo>{shown.format('moved')}</w:moveTo></w:p>",
        f"<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>{RUN.format('', 'Open ')}</w:p><w:p>{RUN.format('', 'it.')}</w:p>",
        f"<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc><w:p>{gone}</w:p></w:tc></w:tr></w:tbl>",
    )
    assert [block.text for block in read_body("".join(paragraphs))] == [
        "Build the new pier.",
        "Build the moved pier.",
        "Open it.",
    ]


def test_text_that_word_does_not_show_is_left_out() -> None:
    runs = "".join(
        RUN.format(properties, words)
        for properties, words in (
            ("<w:vanish/>", "hidden "),
            ("<w:strike/>", "struck "),
            ("<w:dstrike w:val='1'/>", "struck twice "),
            ("<w:strike w:val='0'/>", "Build it."),
        )
    )
    assert [block.text for block in read_body(f"<w:p>{runs}</w:p>")] == ["Build it."]


def test_content_controls_and_fields_are_read() -> None:
    def control(xml: str) -> str:
        return f"<w:sdt><w:sdtPr/><w:sdtContent>{xml}</w:sdtContent></w:sdt>"

    run = RUN.format("", "words")
    cell = control(f"<w:tc><w:p>{run}</w:p></w:tc>")
    field = "<w:fldSimple w:instr='DATE'>{}</w:fldSimple>"
    ruby = f"<w:r><w:ruby><w:rt>{RUN.format('', 'ruby')}</w:rt><w:rubyBase>{run}</w:rubyBase></w:ruby></w:r>"
    blocks = read_body(
        control(f"<w:p>{run}</w:p>")
        + f"<w:p>{control(run)} and {field.format(run)}</w:p><w:p>{ruby}</w:p>"
        + f"<w:tbl>{control(f'<w:tr>{cell}</w:tr>')}</w:tbl>"
    )
    assert [block.text for block in blocks] == ["words", "wordswords", "words", "words"]
    assert blocks[-1].kind == ROW


def test_a_bold_beginning_is_known_in_word() -> None:
    strong = "<w:b/>"
    lead, rest = RUN.format(strong, "Open it."), RUN.format("", " It trains pilots.")
    (block,) = read_body(f"<w:p>{lead}{rest}</w:p>")
    assert block.text[: block.lead] == "Open it."
    off = RUN.format("<w:b w:val='false'/>", "Open it.")
    assert [block.lead for block in read_body(f"<w:p>{off}{lead}</w:p>")] == [0]


@pytest.mark.parametrize(
    ("content", "media_type", "message"),
    [
        (b"%PDF-1.4 and nothing else", PDF, "the PDF cannot be opened"),
        (PRINTED[:300], PDF, "the PDF cannot be opened"),
        (make_pdf([(0, "")]), PDF, "the PDF holds no text"),
        (b"", DOCX, "the Word document cannot be opened"),
        (make_word()[:500], DOCX, "the Word document cannot be opened"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes, media_type: str, message: str) -> None:
    plan = read_plan(content, media_type, "")
    assert plan.tasks == ()
    assert message in plan.problems[0].message


def test_another_zip_file_is_not_a_word_document() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "cannot be opened" in read(buffer.getvalue(), DOCX).problems[0].message


@given(st.randoms(use_true_random=False), st.sampled_from([(PRINTED, PDF), (make_word(), DOCX)]))
@settings(deadline=None, max_examples=40)
def test_a_damaged_file_is_read_or_refused_without_an_error(chance: random.Random, file: tuple[bytes, str]) -> None:
    content = bytearray(file[0])
    for _ in range(chance.randint(1, 12)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    plan = read_plan(bytes(content), file[1], "")
    assert plan.tasks or plan.problems


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("plan.PDF", b"", PDF),
        ("plan.docx", b"", DOCX),
        ("plan.md", b"", "text/markdown"),
        ("plan", b"%PDF-1.7", PDF),
        ("plan", b"\xef\xbb\xbf <!DOCTYPE html>", "text/html"),
        ("plan", b"1. Build", "text/plain"),
    ],
)
def test_a_file_is_recognised_by_its_name_or_else_by_its_first_bytes(
    name: str, content: bytes, media_type: str
) -> None:
    assert choose_media_type(name, content) == media_type
