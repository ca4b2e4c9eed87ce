"""Time in proportion to length, and small files that ask for gigabytes: what is not read is said."""

from __future__ import annotations

import gzip
import re
import resource
import time
import zlib
from collections.abc import Callable, Iterator

import pytest

from extract.links import LinksError, find_links
from extract.reader import read_plan
from extract.reading import DOCX, HTML, PDF, read
from extract.reading.blocks import LONGEST_BLOCK, MOST_REPEATED, ROW
from extract.reading.docx import LONGEST_LABEL, MOST_COLUMNS, MOST_PARTS
from extract.reading.pdf_letters import MOST_PAGES
from tests.extract.files import assemble_pdf, change_word, make_pdf_with, make_stream

URL = "https://www.example.gov/plan"
# Seconds of processor for any of the inputs here, of which none has more than a million bytes.
SECONDS = 8.0
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


@pytest.fixture(autouse=True)
def _in_little_time_and_memory() -> Iterator[None]:
    """Hold each test to its seconds, and to 1.2 GB above what the process has taken."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
        taken = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + 1_200_000_000, hard))
    before = time.process_time()
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    assert time.process_time() - before < SECONDS


def list_problems(content: bytes, media_type: str) -> str:
    """The problems of a document, whose plan is read as well."""
    return "\n".join(problem.message for problem in read_plan(content, media_type, URL).problems)


CHINESE = "河镇计划\n\n本计划共四项任务。\n\n一、船\n\n（一）推进一张时刻表。\n\n（二）建设码头。责任单位：{}\n\n二、学校\n\n（三）培训教师{}。\n\n（四）降低费用。\n"
ENGLISH = "# Plan for the River\n\nFour tasks.\n\n## 1. Boats\n\n(a) Build a pier. Lead: {}\n\n(b) Improve boats.\n\n## 2. Schools\n\n(c) Train {}\n\n(d) Reduce fees.\n"
UNITS = (
    *"和、（）.…·-—　 一1a，；：。*_`~[]<>|#《》与由等",
    *(
        "以及",
        "牵头、",
        "、负责",
        "负责，",
        "由财政局和",
        "（财政局",
        "《a",
        "［责任单位：a］",
        "（一）1.",
        "1,",
        ". ",
        ".... ",
        "（责任单位：［a］",
        "1次",
    ),
    *(
        "and ",
        "A and ",
        "the A, ",
        ", the Secretary of A",
        "Ministry of A B and C D and ",
        "led by A and ",
        "Lead: ",
        "one task ",
        "continue to ",
        "By ",
    ),
    *(
        "<!--",
        "<s>",
        "**a ",
        "__a ",
        "![",
        "[a](",
        "{.",
        "| ",
        "# ",
        "\n",
        "\n- a",
        "\n1. a",
        "\n（一）a",
        "(a) ",
        "Plan (2020-2021) and ",
        "deadline: ",
        "etc ",
    ),
)


@pytest.mark.parametrize("unit", UNITS)
def test_time_is_in_proportion_to_the_length_of_a_run(unit: str) -> None:
    run = unit * (40_000 // len(unit))
    read_plan(CHINESE.format(run, run).encode(), "text/plain", URL)
    read_plan(ENGLISH.format(run, run).encode(), "text/markdown", URL)


def test_a_thousand_labels_in_a_row_are_as_many_lines() -> None:
    plan = read_plan(("Plan\n\n" + "（一）一句。" * 3_000 + " Build a quay.\n").encode(), "text/plain", URL)
    assert plan.problems


def test_the_parts_of_a_long_line_are_its_text() -> None:
    reading = read(("word " * 20_000).encode(), "text/markdown")
    assert {len(block.text) for block in reading.blocks[:-1]} == {LONGEST_BLOCK}
    assert "".join(block.text for block in reading.blocks) == ("word " * 20_000).strip()
    assert [problem.message for problem in reading.problems] == [
        "lines with more than 20,000 characters: 1, the longest has 99,999; "
        "a paragraph is read in parts, of a table row only the beginning"
    ]


def test_many_tables_and_tasks_are_matched_in_time() -> None:
    tasks = "".join(f"<li>Build pier {number:x} in town {number * 7919 % 10_007:x}</li>" for number in range(900))
    rows = "".join(
        f"<tr><td>Build pier {number:x} in town {number * 7919 % 10_007:x}</td><td>Board</td></tr>"
        for number in range(900)
    )
    page = f"<h1>Plan of Piers</h1><ol>{tasks}</ol><table><tr><th>Action<th>Lead</tr>{rows}</table>"
    plan = read_plan(page.encode(), HTML, URL)
    assert [len(task.assignments) for task in plan.tasks] == [1] * 900


# Word


def in_body(xml: str) -> bytes:
    return change_word("word/document.xml", lambda text: text.replace("<w:body>", f"<w:body>{xml}", 1))


def test_a_cell_spans_the_columns_that_word_has() -> None:
    cell = "<w:tc><w:tcPr><w:gridSpan w:val='1000000000'/></w:tcPr><w:p><w:r><w:t>wide</w:t></w:r></w:p></w:tc>"
    end = "<w:tc><w:p><w:r><w:t>end</w:t></w:r></w:p></w:tc>"
    reading = read(in_body(f"<w:tbl><w:tr>{cell}{end}</w:tr></w:tbl>"), DOCX)
    assert reading.blocks[0].cells == (*(("wide",) * MOST_COLUMNS), "end")


def test_merged_rows_repeat_a_text_up_to_a_limit() -> None:
    first = f"<w:tr><w:tc><w:tcPr><w:vMerge w:val='restart'/></w:tcPr><w:p><w:r><w:t>{'a' * 9_999}</w:t></w:r></w:p></w:tc></w:tr>"
    other = "<w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc></w:tr>"
    reading = read(in_body(f"<w:tbl>{first}{other * 5_000}</w:tbl>"), DOCX)
    assert sum(block.kind == ROW and len(block.text) > 9_000 for block in reading.blocks) == 1 + MOST_REPEATED // 10_000
    assert [problem.message for problem in reading.problems] == [
        "cells that span rows and columns repeat more than 3,000,000 characters: from there on each is written once"
    ]


@pytest.mark.parametrize(
    ("form", "start", "label"),
    [
        ("upperRoman", "99999999999", "99999999999."),
        ("upperRoman", "9", "IX."),
        ("chineseCounting", "5000", "5000."),
        ("upperLetter", "99999999999", "C."),
        ("decimal", "9" * 5_000, "1."),
        ("decimal", "x", "1."),
    ],
)
def test_a_list_begins_at_any_number(form: str, start: str, label: str) -> None:
    def change(xml: str) -> str:
        return re.sub(r'<w:start w:val="1"/>', f'<w:start w:val="{start}"/>', xml).replace("decimal", form)

    blocks = read(change_word("word/numbering.xml", change), DOCX).blocks
    assert next(block.text for block in blocks if "shore road" in block.text) == f"{label} Build the shore road."


def test_a_label_without_end_is_left_out() -> None:
    def change(xml: str) -> str:
        return re.sub(r'<w:lvlText w:val="%1\."/>', f'<w:lvlText w:val="{"%1" * 50_000}"/>', xml)

    reading = read(change_word("word/numbering.xml", change), DOCX)
    assert [problem.message for problem in reading.problems] == [
        f"labels of more than {LONGEST_LABEL} characters are left out"
    ]


def test_sixty_thousand_breaks_and_paragraphs_are_read() -> None:
    breaks = "<w:p><w:r>" + "<w:br/><w:t>A.</w:t>" * 60_000 + "</w:r></w:p>"
    assert len(read(in_body(breaks), DOCX).blocks) > 60_000


def test_nested_tables_beyond_what_the_parser_allows_are_reported() -> None:
    nested = "<w:tbl><w:tr><w:tc>" * 400 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 400
    assert "the Word document cannot be opened: Excessive depth" in list_problems(in_body(nested), DOCX)


def test_styles_may_be_based_on_each_other() -> None:
    def change(xml: str) -> str:
        return re.sub(r'(<w:style [^>]*w:styleId="([^"]+)"[^>]*>)', r'\1<w:basedOn w:val="\2"/>', xml)

    assert read(change_word("word/styles.xml", change), DOCX).blocks


def test_entities_are_not_expanded() -> None:
    entities = "<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
        f"<!ENTITY a{number} '{f'&a{number - 1 or str()};' * 10}'>" for number in range(1, 12)
    )
    document = change_word(
        "word/document.xml",
        lambda xml: xml.replace("<w:document", f"{entities}]><w:document", 1).replace("<w:t>", "<w:t>&a11;", 1),
    )
    assert len(read(document, DOCX).text) < 10_000


def test_parts_that_unpack_to_gigabytes_are_not_read() -> None:
    blob = b"\0" * 210_000_000
    assert list_problems(change_word("", str, {"word/media/a.png": blob}), DOCX) == (
        "the Word document unpacks to more than 200 MB, and is not read"
    )


def test_text_that_unpacks_to_too_much_is_not_read() -> None:
    assert list_problems(change_word("", str, {"word/b.bin": b"\xef\xbb\xbf <" + b" " * 41_000_000}), DOCX) == (
        "text and styles of the Word document unpack to more than 40 MB, and are not read"
    )


def test_thousands_of_parts_are_not_read() -> None:
    parts = {f"word/{number}.png": b"" for number in range(MOST_PARTS)}
    assert list_problems(change_word("", str, parts), DOCX) == (
        "the Word document has more than 5,000 parts, and is not read"
    )


# PDF

SHOWN = b"BT /F1 12 Tf 72 700 Td (1. Build a pier.) Tj ET"


def make_flate_bomb(times: int, size: int = 60_000_000) -> tuple[bytes, str]:
    content = b" " * size
    for _ in range(times):
        content = zlib.compress(content, 9)
    return content, f"/Filter [{'/FlateDecode ' * times}]"


def make_forms(depth: int) -> tuple[bytes, ...]:
    """Forms of which each draws the next ten times."""
    return (
        *(
            make_stream(
                b"/X Do " * 10,
                f"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X {number + 1} 0 R >> >>",
            )
            for number in range(5, 5 + depth)
        ),
        make_stream(SHOWN, "/Type /XObject /Subtype /Form /BBox [0 0 9 9]"),
    )


def make_composite_font(cmap: bytes, widths: str) -> tuple[bytes, ...]:
    return (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-H /DescendantFonts [6 0 R] /ToUnicode 7 0 R >>",
        f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /A /W [{widths}] /CIDSystemInfo << /Registry (Adobe) "
        "/Ordering (Identity) >> /FontDescriptor << /Type /FontDescriptor /FontName /A /FontBBox [0 0 1 1] >> >>".encode(),
        make_stream(cmap),
    )


RANGE = b"1 beginbfrange\n<00000000> <ffffffff> <0041>\nendbfrange"
WITH_FONT = "/Font << /F1 5 0 R >>"
PDF_BOMBS = {
    "filters": lambda: make_pdf_with(make_flate_bomb(3)[0], WITH_FONT, FONT, filters=make_flate_bomb(3)[1]),
    "many filters": lambda: make_pdf_with(SHOWN, WITH_FONT, FONT, filters=f"/Filter [{'/ASCIIHexDecode ' * 99}]"),
    "damaged filter": lambda: make_pdf_with(
        make_flate_bomb(1)[0][:-9], WITH_FONT, FONT, filters="/Filter /FlateDecode"
    ),
    "forms": lambda: make_pdf_with(b"/X Do", "/XObject << /X 5 0 R >>", *make_forms(12)),
    "cmap": lambda: make_pdf_with(SHOWN, WITH_FONT, *make_composite_font(RANGE, "")),
    "widths": lambda: make_pdf_with(SHOWN, WITH_FONT, *make_composite_font(b"", "1 4000000000 500")),
    "letters": lambda: make_pdf_with(b"BT /F1 9 Tf (" + b"a" * 400_000 + b") Tj ET", WITH_FONT, FONT),
    "operators": lambda: make_pdf_with(
        zlib.compress(b"q Q " * 600_000), WITH_FONT, FONT, filters="/Filter /FlateDecode"
    ),
    "references": lambda: make_pdf_with(SHOWN, WITH_FONT, b"6 0 R", b"5 0 R"),
    "fax": lambda: make_pdf_with(
        b"\0" * 99, WITH_FONT, FONT, filters="/Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns 999999999 >>"
    ),
}


@pytest.mark.parametrize("make", PDF_BOMBS.values(), ids=PDF_BOMBS)
def test_a_pdf_that_asks_for_too_much_is_read_up_to_there(make: Callable[[], bytes]) -> None:
    problems = list_problems(make(), PDF)
    assert problems.startswith("the PDF is not read whole, but to page 0: ")


def test_the_pages_before_a_limit_are_read() -> None:
    page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {} 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
    letters = make_stream(b"BT /F1 9 Tf (" + b"a" * 400_000 + b") Tj ET")
    content = assemble_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
            *(page.format(number).encode() for number in (6, 7)),
            FONT,
            make_stream(SHOWN),
            letters,
        ]
    )
    reading = read(content, PDF)
    assert reading.text == "1. Build a pier."
    assert [problem.message for problem in reading.problems] == [
        "the PDF is not read whole, but to page 1: a page has more than 100,000 letters or 1,000,000 drawing operators"
    ]


def test_pages_without_end_are_read_up_to_a_limit() -> None:
    pages = MOST_PAGES + 1
    content = assemble_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            f"<< /Type /Pages /MediaBox [0 0 9 9] /Kids [{' '.join(f'{number + 3} 0 R' for number in range(pages))}] >>".encode(),
            *[b"<< /Type /Page /Parent 2 0 R >>"] * pages,
        ]
    )
    assert "to page 3000: it has more than 3,000 pages" in list_problems(content, PDF)


def test_lines_that_cross_too_often_are_no_table() -> None:
    lines = b"".join(
        f"{number * 5} 0 m {number * 5} 600 l S 0 {number * 5} m 600 {number * 5} l S ".encode()
        for number in range(110)
    )
    problems = list_problems(make_pdf_with(lines + SHOWN, WITH_FONT, FONT), PDF)
    assert "lines that cross more than 4,000 times on a page are read as no table" in problems


@pytest.mark.parametrize("step", ["1 0", "0 1", "7 0", "3 2"])
def test_letters_anywhere_on_a_page_are_put_in_order_in_time(step: str) -> None:
    content = b"BT /F1 1 Tf 9 9 Td " + b"".join(
        f"({'ab1.'[number % 4]}) Tj {step if number % 90 else '-300 3'} Td ".encode() for number in range(30_000)
    )
    assert read(make_pdf_with(content + b"ET", WITH_FONT, FONT), PDF).blocks


# HTML, Markdown, plain text


PAGES = {
    "depth": "<div>" * 100_000 + "words",
    "bold": "<b>" * 100_000 + "words",
    "nested tables": "<table><tr><td>1.<td>" * 20_000,
    "a million spans": "<table>" + "<tr><td colspan=999999 rowspan=999999>" * 20_000,
    "cells": "<table>" + ("<tr>" + "<td>a" * 100) * 500,
    "attribute": f"<div class='{'nav ' * 200_000}'>words</div>",
    "attributes": f"<div {'a ' * 50_000}>words</div>",
    "scripts": "<script>" * 100_000,
    "styles": "<style>" * 100_000 + "</style>",
    "list": f"<ol start={'9' * 100_000}>" + "<li>a" * 20_000,
    "entities": "&amp" * 100_000,
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_of_any_shape_is_read(page: str) -> None:
    read_plan(f"<html><body><h1>Plan</h1>{page}".encode(), HTML, URL)


@pytest.mark.parametrize(
    "item", ["<ol><li>Build a pier. ", "<ul><li>Build a pier. ", "<ol><li>Build.</h2><ol start=3><li>Train. "]
)
def test_lists_within_lists_are_read_in_time(item: str) -> None:
    plan = read_plan(("<html><body><h1>Plan</h1>" + item * 2_000).encode(), HTML, URL)
    assert plan.article.title == "Plan"


def test_spanning_cells_of_a_page_are_repeated_up_to_a_limit() -> None:
    row = "<tr>" + f"<td rowspan=500>{'a' * 1_000}" * 20
    reading = read(f"<table>{row}{'<tr><td>b<td>c' * 499}</table>".encode(), HTML)
    assert len(reading.text) < 2 * MOST_REPEATED
    assert "repeat more than 3,000,000 characters" in reading.problems[0].message


def test_a_page_of_a_million_tags_is_read_by_its_lines() -> None:
    reading = read(b"<p>one &amp; two" + b"<i>" * 1_000_001, HTML)
    assert reading.text == "one & two"
    assert "more than 1,000,000 tags" in reading.problems[0].message


def test_what_follows_markup_that_nests_too_deep_is_read_too() -> None:
    deep = "<div>" * 3_000 + "<p>2. Train teachers." + "</div>" * 3_000
    reading = read(f"<p>1. Build a pier.</p>{deep}<p>3. Plant trees.</p>".encode(), HTML)
    assert reading.text == "1. Build a pier.\n2. Train teachers.\n3. Plant trees."
    assert "nests too deep" in reading.problems[0].message
    assert not read(("<div>" * 2_000 + "<p>1. Build a pier.").encode(), HTML).problems


def test_a_page_in_an_encoding_that_takes_the_square_is_read() -> None:
    assert read(b"<meta charset=punycode>\xff" + b"a-" * 100_000, HTML).blocks


def test_front_matter_is_no_yaml() -> None:
    aliases = "".join(f"a{number}: &a{number} [{f'*a{number - 1}, ' * 9}]\n" for number in range(1, 99))
    reading = read(f"---\ntitle: Plan\n{aliases}---\nText\n".encode(), "text/markdown")
    assert len(reading.text) < 10_000


@pytest.mark.parametrize("sign", ["> ", "- ", "  ", "#", "[", "*", "1. ", "|", "\\", "`"])
def test_nested_marks_are_read(sign: str) -> None:
    read_plan((sign * 50_000 + "words").encode(), "text/markdown", URL)


# Sitemaps, feeds, pages of links


@pytest.mark.parametrize(
    "content",
    [
        b"<loc>https://e.gov/</loc>",
        b"<a:><loc>x</loc></a:>",
        b"<urlset>" + b"<url>" * 100_000,
        b"<!DOCTYPE a [<!ENTITY a 'a'><!ENTITY b '"
        + b"&a;" * 999
        + b"'>]><urlset><url><loc>"
        + b"&b;" * 999
        + b"</loc></url></urlset>",
    ],
)
def test_a_sitemap_of_any_shape_has_links_or_none(content: bytes) -> None:
    assert find_links(content, "sitemap", URL).count == 0


def test_a_sitemap_that_unpacks_to_too_much_is_refused() -> None:
    with pytest.raises(LinksError, match="more than 50 MB unpacked"):
        find_links(gzip.compress(b"<urlset>" + b" " * (51 * 1024 * 1024)), "sitemap", URL)


def test_a_sitemap_with_too_many_addresses_is_refused() -> None:
    with pytest.raises(LinksError, match="more than 200,000 addresses"):
        find_links(gzip.compress(b"<urlset>" + b"<url><loc>https://e.gov/a</loc></url>" * 200_001), "sitemap", URL)


def test_a_large_feed_is_refused() -> None:
    with pytest.raises(LinksError, match="more than 10 MB"):
        find_links(b"<rss>" + b" " * 10_000_000, "feed", URL)


@pytest.mark.parametrize("declared", [b"version='1.0' encoding='\xcftf-8'", b'encoding="utf-8"' * 9_000])
def test_a_damaged_declaration_of_a_feed_is_passed_over(declared: bytes) -> None:
    item = b"<item><title>Plan</title><link>https://e.gov/plan</link></item>"
    feed = b"<?xml " + declared + b"?><rss version='2.0'><channel><title>News</title>" + item + b"</channel></rss>"
    assert [link.url for link in find_links(feed, "feed", URL).articles] == ["https://e.gov/plan"]


def test_links_in_elements_within_each_other_are_found_once() -> None:
    page = b"<nav>" * 200 + b"".join(b"<a href='/%d'>Plan</a>" % number for number in range(9_000))
    assert len(find_links(page, "page", URL, links="nav").articles) == 9_000


def test_a_page_of_too_many_tags_has_no_links_that_could_be_read() -> None:
    with pytest.raises(LinksError, match="more than 200,000 tags"):
        find_links(b"<a href=x>" * 200_001, "page", URL)


@pytest.mark.parametrize(
    ("markup", "message"),
    [
        ("<p>" * 200_001, "the markup has more than 200,000 tags: `selector` is not applied"),
        ("<div>" * 200 + "x" * 300_000, "what `selector` matches has more than 50,000,000 characters"),
    ],
)
def test_a_selector_is_applied_within_limits(markup: str, message: str) -> None:
    reading = read(markup.encode(), HTML, selector="div")
    assert any(problem.message.startswith(message) for problem in reading.problems)
    assert reading.text == ""
    assert read(("<div>" * 100 + "x" * 1_000).encode(), HTML, selector="div").text.count("x") == 100_000
