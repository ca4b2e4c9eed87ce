from __future__ import annotations

import pytest

from extract.reading import read
from extract.reading.blocks import BOLD_LINE, HEADING
from tests.conftest import FIXTURES

CHINESE = "一、加强合作。建设环湖公路"


def test_every_block_stands_where_its_span_says() -> None:
    for name, media_type in (("harbour-towns.txt", "text/plain"), ("harbour-towns.html", "text/html")):
        reading = read((FIXTURES / name).read_bytes(), media_type)
        assert reading.blocks
        assert all(reading.text[block.start : block.end] == block.text for block in reading.blocks)


def test_plain_text_is_read_exactly_as_it_stands() -> None:
    content = "\r\n  One \r\n\r\n两\u3000 \nthree"
    reading = read(content.encode(), "text/plain")
    assert reading.text == content
    assert [block.text for block in reading.blocks] == ["One", "两", "three"]


@pytest.mark.parametrize(
    ("content", "declared"),
    [
        (CHINESE.encode(), None),
        (CHINESE.encode(), "gb2312"),
        (CHINESE.encode("utf-8-sig"), "iso-8859-1"),
        (CHINESE.encode("utf-16"), None),
        (CHINESE.encode("gbk"), "GBK"),
        (CHINESE.encode("gb18030"), "gb2312"),
        (CHINESE.encode("gbk"), None),
        (CHINESE.encode("big5", errors="ignore"), "big5"),
        (CHINESE.encode("gbk"), "no-such-encoding"),
    ],
)
def test_chinese_is_read_in_any_encoding_and_under_any_declaration(content: bytes, declared: str | None) -> None:
    reading = read(content, "text/plain", declared)
    assert reading.text.startswith("一、加")
    assert not reading.problems


def test_an_encoding_declared_in_the_page_is_heeded() -> None:
    page = f'<meta http-equiv="Content-Type" content="text/html; charset=gb2312"><p>{CHINESE}</p>'.encode("gbk")
    assert read(page, "text/html").blocks[0].text == CHINESE


def test_what_cannot_be_decoded_is_reported_not_dropped() -> None:
    reading = read(b"One \xff\xff two \x81", "text/plain", "utf-8")
    assert "�" in reading.text
    assert "could not be decoded" in reading.problems[0].message


def test_the_page_around_the_article_is_left_out() -> None:
    reading = read((FIXTURES / "harbour-towns.html").read_bytes(), "text/html")
    assert "menu" not in reading.text
    assert "Not a task" not in reading.text
    assert "©" not in reading.text


def test_numbered_lists_get_the_labels_that_a_browser_shows() -> None:
    page = b"<ol start=7><li>one</li><li><p>two</p><p>more</p></li></ol><ul><li>three</li></ul>"
    assert [block.text for block in read(page, "text/html").blocks] == ["7. one", "8. two", "more", "three"]


def test_line_breaks_and_table_cells_part_blocks() -> None:
    page = b"<div>one<br>two <b>bold</b></div>three<table><tr><td>four</td><td>five</td></tr></table><h2>six</h2>tail"
    reading = read(page, "text/html")
    assert [block.text for block in reading.blocks] == ["one", "two bold", "three", "four", "five", "six", "tail"]
    assert [block.text for block in reading.blocks if block.kind == HEADING] == ["six"]


def test_markdown_is_read_without_its_marks() -> None:
    text = "# Plan ##\n\n**一、交通**\n\n---\n####Action 05: Map\nPlain **bold** words\n- item"
    reading = read(text.encode(), "text/markdown")
    assert [block.text for block in reading.blocks] == [
        "Plan",
        "一、交通",
        "Action 05: Map",
        "Plain bold words",
        "item",
    ]
    headings = [(block.text, block.level) for block in reading.blocks if block.kind == HEADING]
    assert headings == [("Plan", 1), ("一、交通", BOLD_LINE), ("Action 05: Map", 4)]
    assert all(reading.text[block.start : block.end] == block.text for block in reading.blocks)


def test_nothing_yields_nothing() -> None:
    for content in (b"", b" \n\t", b"<html></html>", b"\x00"):
        for media_type in ("text/plain", "text/html"):
            assert isinstance(read(content, media_type).blocks, tuple)


@pytest.mark.parametrize("start", ["²", "--1", "9" * 5000, "", "x", "-3"])
def test_a_list_may_begin_at_anything(start: str) -> None:
    blocks = read(f'<ol start="{start}"><li>one</li></ol>'.encode(), "text/html").blocks
    assert blocks[0].text.endswith(". one")


@pytest.mark.parametrize("name", ["undefined", "unicode_escape", "idna", "rot13", "hex", "a\0b", "x" * 500])
def test_a_charset_that_is_none_is_passed_over(name: str) -> None:
    page = f'<meta charset="{name}"><p>'.encode() + "建设公路".encode("gbk") + b" \\ud800</p>"
    assert "建设公路" in read(page, "text/html", name).text


def test_a_page_is_known_by_its_markup_where_the_server_does_not_say() -> None:
    for media_type in ("text/plain", "application/octet-stream"):
        assert read(b"<!DOCTYPE html><p>one</p>", media_type).text == "one"


def test_an_article_inside_a_form_is_read() -> None:
    assert read(b"<form><div>one</div></form>", "text/html").text == "one"


def test_a_long_list_is_numbered_in_one_walk() -> None:
    page = b"<ol>" + b"<li>Build</li>" * 20_000 + b"</ol>"
    assert read(page, "text/html").blocks[-1].text == "20000. Build"
