from __future__ import annotations

import pytest

from config.text import CONTROLS
from extract.reading import read
from extract.reading.blocks import BOLD_LINE, HEADING, ITEM, PARAGRAPH
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


def test_an_encoding_declared_in_the_page_is_used() -> None:
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


def test_line_breaks_and_table_cells_separate_blocks() -> None:
    page = b"<div>One.<br>two <b>bold</b></div>three<table><tr><td>four</td><td>five</td></tr></table><h2>six</h2>tail"
    reading = read(page, "text/html")
    assert [block.text for block in reading.blocks] == ["One.", "two bold", "three", "four", "five", "six", "tail"]
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
def test_an_unknown_charset_is_ignored(name: str) -> None:
    page = f'<meta charset="{name}"><p>'.encode() + "建设公路".encode("gbk") + b" \\ud800</p>"
    assert "建设公路" in read(page, "text/html", name).text


def test_a_page_is_recognised_by_its_markup_where_the_server_states_no_type() -> None:
    for media_type in ("text/plain", "application/octet-stream"):
        assert read(b"<!DOCTYPE html><p>one</p>", media_type).text == "one"


def test_an_article_inside_a_form_is_read() -> None:
    assert read(b"<form><div>one</div></form>", "text/html").text == "one"


def test_a_long_list_is_numbered() -> None:
    page = b"<ol>" + b"<li>Build</li>" * 20_000 + b"</ol>"
    assert read(page, "text/html").blocks[-1].text == "20000. Build"


PAGE = """<html><head><title>Plan | Lakes</title></head><body>
<div class="top-menu"><ol><li>Build a menu</li><li>Build another</li></ol></div>
<div id="wrap"><div class="crumbs"><a href="/">Home</a></div>
<div class="content"><h1>Plan for the lakes</h1>
<p>The towns agreed on what follows, after a long year of talks on every shore of the lake.</p>
<p>1. Build the pier.<br>2. Open the school.</p>
<div class="share-buttons">Share this <a href="#">here</a></div>
<p>3. Plant trees on the shore, all of them by hand, and water them through the summer.</p></div>
<div class="sidebar"><h3>Most read</h3><ol><li>Ten beaches</li><li>Nine boats</li></ol></div></div>
<div style="display: none">4. Hidden</div>
<div class="footer">5. Imprint</div></body></html>"""


def test_the_article_is_found_in_the_page() -> None:
    reading = read(PAGE.encode(), "text/html")
    first, last = reading.main
    assert [block.text for block in reading.blocks[first:last]] == [
        "Plan for the lakes",
        "The towns agreed on what follows, after a long year of talks on every shore of the lake.",
        "1. Build the pier.",
        "2. Open the school.",
        "3. Plant trees on the shore, all of them by hand, and water them through the summer.",
    ]
    assert not {"Hidden", "Imprint", "Share", "beaches"} & set(reading.text.replace(".", " ").split())


def test_a_selector_names_the_part_of_a_page_to_read() -> None:
    assert read(PAGE.encode(), "text/html", selector=".sidebar li").text == "Ten beaches\nNine boats"
    assert read(PAGE.encode(), "text/html", selector=".nothing").blocks == ()


def test_a_table_is_rows_of_cells_and_a_spanning_cell_stands_in_each() -> None:
    page = """<table><tr><th>Task</th><th>Lead</th><th>Due</th></tr><tr><td rowspan=2>Build</td><td>A</td><td>May</td></tr>
    <tr><td colspan="2">B</td></tr></table><p>tail</p>"""
    reading = read(page.encode(), "text/html")
    assert [block.cells for block in reading.blocks] == [
        ("Task", "Lead", "Due"),
        ("Build", "A", "May"),
        ("Build", "B", "B"),
        (),
    ]
    assert reading.blocks[2].text == "Build\tB"


def test_bold_words_with_a_label_begin_a_line_where_a_sentence_has_ended() -> None:
    page = "<div>All do this:\n<b>一、查找</b>\n各地查找。<b>二、改正</b>\n各地改正，见<b>（一）款</b>。</div>"
    blocks = read(page.encode(), "text/html").blocks
    assert [block.text for block in blocks] == [
        "All do this:",
        "一、查找 各地查找。",
        "二、改正 各地改正，见（一）款。",
    ]


def test_a_table_that_arranges_the_page_is_not_a_table() -> None:
    page = (
        "<table><tr><td><table><tr><td>1. Build</td></tr><tr><td>2. Open</td></tr></table></td><td>x</td></tr></table>"
    )
    assert [block.kind for block in read(page.encode(), "text/html").blocks] == ["paragraph"] * 3


def test_markdown_tables_front_matter_and_struck_words_are_read() -> None:
    text = (
        "---\ntitle: Old plan\ndate: 2021-03-04\n---\nPlan\n====\n\n| Task | Due |\n|---|:--|\n"
        "| [Build](http://x.example/a(b)) | <s>May</s> **June**\\* |\n\n\\1\\. Point[^1] <br> `code` ~~gone~~ &amp; more\n"
    )
    reading = read(text.encode(), "text/markdown")
    assert reading.meta == {"title": "Old plan", "published": "2021-03-04"}
    assert [(block.kind, block.text) for block in reading.blocks] == [
        ("heading", "Plan"),
        ("row", "Task\tDue"),
        ("row", "Build\tJune*"),
        ("paragraph", "\\1. Point code & more"),
    ]


WRAPPED = """The towns agreed on the plan after a long year of talks that were held
on every shore of the lake. It has two tasks.

1. Build a pier for the night ferries at Northport, and light it so that
   boats find it in the fog of November.
2. Open a school for those who will build the piers of the years to come,
   with places for all.
"""


def test_hard_wrapped_lines_are_one_paragraph_and_keep_their_places() -> None:
    reading = read(WRAPPED.encode(), "text/plain")
    assert len(reading.text) == len(WRAPPED)
    assert [block.text[:12] for block in reading.blocks] == ["The towns ag", "1. Build a p", "2. Open a sc"]
    assert all(WRAPPED[block.start : block.end].split() == block.text.split() for block in reading.blocks)
    markdown = read(WRAPPED.encode(), "text/markdown").blocks
    assert markdown[1].text.endswith("light it so that boats find it in the fog of November.")


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("big5", None), ("big5", "utf-8"), ("gb18030", "big5"), ("cp1252", None), ("utf-16-le", "utf-16")],
)
def test_a_wrong_or_missing_declaration_does_no_harm(encoding: str, declared: str | None) -> None:
    text = {
        "big5": "一、加強合作，建設環湖公路。各部門要推進服務。",
        "gb18030": "一、加强合作，建设环湖公路。各部门要推进服务。",
    }.get(encoding, "The café at Nürnberg’s lake is open; the towns will build a pier.")
    content = text.encode("utf-16") if encoding == "utf-16-le" else text.encode(encoding)
    reading = read(content, "text/plain", declared)
    assert reading.text.lstrip("\ufeff") == text
    assert not reading.problems


def test_stray_bytes_lose_only_themselves() -> None:
    content = "一、加强合作，建设环湖公路。".encode() * 50 + b"\xff\xfe\xff" + "二、推进服务。".encode()
    reading = read(content, "text/plain")
    assert reading.text.endswith("二、推进服务。")
    assert "3 characters could not be decoded as utf-8" in reading.problems[0].message


@pytest.mark.parametrize("depth", [100, 10_000, 50_000])
def test_markup_may_nest_at_any_depth(depth: int) -> None:
    page = b"<div>" * depth + b"1. Build the pier<p>2. Open the school</p>" + b"</div>" * depth
    reading = read(page, "text/html")
    assert [block.text for block in reading.blocks] == ["1. Build the pier", "2. Open the school"]
    assert bool(reading.problems) == (depth > 1_000)


def test_a_large_page_is_read() -> None:
    page = b"<p>" + b"The towns met and spoke of the lake. " * 12 + b"</p>"
    assert len(page * 12_000) > 5_000_000
    assert len(read(page * 12_000, "text/html").blocks) == 12_000


def test_a_list_item_has_the_depth_of_its_list() -> None:
    page = b"<ul><li>Roads<ul><li>a bridge</li></ul></li><li><p>Boats</p><p>by night</p></li></ul>"
    markdown = "- Roads\n    - a bridge\n- Boats\n\n1. Trains\n   - by day\n\ntail\n\n  - alone"
    assert [(block.text, block.kind, block.level) for block in read(page, "text/html").blocks] == [
        ("Roads", ITEM, 1),
        ("a bridge", ITEM, 2),
        ("Boats", ITEM, 1),
        ("by night", PARAGRAPH, 0),
    ]
    assert [(block.text, block.level) for block in read(markdown.encode(), "text/markdown").blocks] == [
        ("Roads", 1),
        ("a bridge", 2),
        ("Boats", 1),
        ("1. Trains", 0),
        ("by day", 2),
        ("tail", 0),
        ("alone", 1),
    ]


@pytest.mark.parametrize(
    ("content", "media_type", "lead"),
    [
        ("<p><b>Open the</b> <strong>school.</strong> It trains pilots.</p>", "text/html", "Open the school."),
        ("<ol><li><b>Open it</b>: now</li></ol>", "text/html", "1. Open it:"),
        ("<p>一、<b>建设码头。</b>开放学校。</p>", "text/html", "一、建设码头。"),
        ("<p>It is <b>open</b> now.</p>", "text/html", ""),
        ("<h2><b>Open</b> it</h2>", "text/html", ""),
        ("- **Open the school.** It trains", "text/markdown", "Open the school."),
        ("1. **Open** __it__. It trains", "text/markdown", "1. Open it."),
        ("***Open.*** It trains", "text/markdown", "Open."),
        ("**Open it. ** It trains", "text/markdown", "Open it."),
        ("It is **open** now", "text/markdown", ""),
    ],
)
def test_a_bold_beginning_is_known(content: str, media_type: str, lead: str) -> None:
    block = read(content.encode(), media_type).blocks[0]
    assert block.text[: block.lead] == lead


@pytest.mark.parametrize(
    ("attributes", "labels"),
    [
        ('type="a" start="2"', ["b.", "c."]),
        ('type="A" start="27"', ["AA.", "AB."]),
        ('type="i" start="3"', ["iii.", "iv."]),
        ('type="I" start="9"', ["IX.", "X."]),
        ("reversed", ["2.", "1."]),
        ('reversed start="5"', ["5.", "4."]),
        ('type="i" start="0"', ["0.", "i."]),
        ('style="list-style-type: upper-roman"', ["I.", "II."]),
        ('style="list-style: cjk-ideographic"', ["一、one", "二、two"]),
        ('style="list-style: none"', ["one", "two"]),
    ],
)
def test_lists_are_numbered_in_every_type(attributes: str, labels: list[str]) -> None:
    blocks = read(f"<ol {attributes}><li>one<li>two</ol>".encode(), "text/html").blocks
    assert [block.text.split()[0] for block in blocks] == labels
    assert {block.kind for block in blocks} == {ITEM}


def test_an_item_may_state_its_number_and_a_hidden_one_has_none() -> None:
    page = b"<ol><li>one<li value=7>two<li hidden>gone<li>three</ol>"
    assert read(page, "text/html").text.split("\n") == ["1. one", "7. two", "8. three"]


def test_lists_and_headings_hold_each_other() -> None:
    page = b"<h2><ol start=3><li>Roads</li></ol></h2><ol><li><h3>Boats</h3>by night</li></ol>"
    assert [(block.kind, block.text) for block in read(page, "text/html").blocks] == [
        (HEADING, "3. Roads"),
        (HEADING, "1. Boats"),
        (PARAGRAPH, "by night"),
    ]


def test_rows_cells_and_text_that_are_hidden_are_left_out() -> None:
    page = b"""<table><tr><th>Task<th hidden>Old<th>Lead</tr><tr style="display:none"><td>Sell<td>x<td>y</tr>
    <tr><td>Build <span style="DISPLAY : none">never</span>it<td style="display: none">x<td>A <s>B</s></tr></table>
    <table style="display:none"><tr><td>1<td>2</tr><tr><td>1<td>2</tr></table><p hidden>gone</p>"""
    assert [block.cells for block in read(page, "text/html").blocks] == [("Task", "Lead"), ("Build it", "A")]


def test_characters_that_are_not_seen_and_ruby_are_left_out() -> None:
    page = "<p>Build\u200b the\u00ad pier&shy;s&#8203;</p><p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>字</p>"
    assert read(page.encode(), "text/html").text == "Build the piers\n漢字"


@pytest.mark.parametrize(
    "label",
    [
        "<!--[if !supportLists]-->1.<![endif]-->",
        "<![if !supportLists]>1.<![endif]>",
        '<!--[if !supportLists]--><span style="mso-list:Ignore">1.<span>&nbsp;</span></span><!--[endif]-->',
    ],
)
def test_labels_that_word_wrote_are_read(label: str) -> None:
    block = read(f'<p style="mso-list:l0 level2 lfo1">{label} Build</p>'.encode(), "text/html").blocks[0]
    assert (block.text, block.kind, block.level) == ("1. Build", ITEM, 2)


@pytest.mark.parametrize(
    ("page", "texts"),
    [
        ("<p>The towns will<br>build a pier.<br>They open it.</p>", ["The towns will build a pier.", "They open it."]),
        ("<p>1. Build<br>2. open<br>• <b>Plant</b></p>", ["1. Build", "2. open", "Plant"]),
        ("<p>建设码头，<br>开放学校。<br>二、种树</p>", ["建设码头，开放学校。", "二、种树"]),
        ("<p>《建设<br>方案》</p>", ["《建设方案》"]),
        ("<p>Roads<br>We build</p>", ["Roads", "We build"]),
        ("<p>as follows<br><br>one</p>", ["as follows", "one"]),
        ("<h1>Plan for<br>The Lakes<br>— a draft</h1>", ["Plan for The Lakes", "— a draft"]),
        ("<pre>1. Build\n2. Open\n   the school</pre>", ["1. Build", "2. Open the school"]),
    ],
)
def test_a_break_inside_a_sentence_joins_and_one_between_sentences_parts(page: str, texts: list[str]) -> None:
    assert [block.text for block in read(page.encode(), "text/html").blocks] == texts


@pytest.mark.parametrize("bullet", ["• ", "•", "· ", "- ", "* ", "● ", "\uf0b7\t", "o\t", "– ", "➢ ", "\u3000\u3000■"])
@pytest.mark.parametrize("media_type", ["text/plain", "text/markdown", "text/html"])
def test_a_line_that_begins_with_a_bullet_is_an_item(bullet: str, media_type: str) -> None:
    lines = f"{bullet}Build it.\n{bullet}Open it."
    content = lines.replace("\n", "<br>") if media_type == "text/html" else lines
    reading = read(content.encode(), media_type)
    assert [(block.text, block.kind) for block in reading.blocks] == [("Build it.", ITEM), ("Open it.", ITEM)]
    assert all(reading.text[block.start : block.end] == block.text for block in reading.blocks)


@pytest.mark.parametrize("line", ["- 12 -", "— 31 —", "-5 degrees", "o’clock", "land", "·"])
def test_other_lines_are_no_items(line: str) -> None:
    assert [block.kind for block in read(line.encode(), "text/plain").blocks] == [PARAGRAPH]


def test_a_text_without_line_breaks_is_parted_at_labels_that_count_up() -> None:
    text = (
        "湖区管理局文件关于建设码头的通知各镇:现将有关事项通知如下:一、总体要求坚持便民利民，做到三个一、二等事项另议。"
        "二、主要任务(一)建设码头。由管理局负责，第三、四季度完成。(二)开放学校。1.招收学生2.5万人，办好夜校。2.培训教师。"
        "三、组织实施各镇要抓好落实。" + "各部门各单位要认真贯彻执行本通知的要求。" * 20
    )
    blocks = read(text.encode(), "text/plain").blocks
    begins = ("湖区", "一、总体", "二、主要", "(一)", "(二)", "1.招收", "2.培训", "三、组织")
    assert [block.text.startswith(begin) for block, begin in zip(blocks, begins, strict=True)] == [True] * 8
    assert all(text[block.start : block.end] == block.text for block in blocks)


def test_marks_of_pages_are_left_out_and_part_no_paragraph() -> None:
    text = "为推进便民服务，\n\n# Page 12:\n建设码头。\n# Page 13\n开放学校。"
    assert [block.text.split() for block in read(text.encode(), "text/plain").blocks] == [
        ["为推进便民服务，", "建设码头。"],
        ["开放学校。"],
    ]


def test_lines_of_a_sentence_are_joined_in_unwrapped_text() -> None:
    text = "The towns agreed to\nbuild a pier.\nTargets are as follows:\nfour piers\nover nine boats\nname: value"
    assert [block.text for block in read(text.encode(), "text/plain").blocks] == [
        "The towns agreed to build a pier.",
        "Targets are as follows:",
        "four piers",
        "over nine boats",
        "name: value",
    ]


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("- ### Roads ###\n1. ## Boats", [(HEADING, 3, "Roads"), (HEADING, 2, "1. Boats")]),
        (
            "#. Build\n#. Open\n\ntail\n\n#. Plant",
            [(PARAGRAPH, 0, text) for text in ("1. Build", "2. Open", "tail", "1. Plant")],
        ),
        ("##Roads\nBoats\n-----", [(HEADING, 2, "Roads"), (HEADING, 2, "Boats")]),
        ("[Build][1] {{ site.x }}it {% y %}\n\n[1]: http://a.example/", [(PARAGRAPH, 0, "Build it")]),
        ("[Build\nit](http://a.example/)", [(PARAGRAPH, 0, "Build it")]),
        ("# Page 4:\n\nBuild", [(PARAGRAPH, 0, "Build")]),
        ("<p>Build.</p> <p>Open.</p>", [(PARAGRAPH, 0, "Build."), (PARAGRAPH, 0, "Open.")]),
        ("<div>\n<h3 id=a>Roads</h3>\n\nBuild\nit.\n</div>", [(HEADING, 3, "Roads"), (PARAGRAPH, 0, "Build it.")]),
        ("<ul>\n <li>\n Build\n it;\n <ul><li>now</li></ul></li></ul>", [(ITEM, 1, "Build it;"), (ITEM, 2, "now")]),
    ],
)
def test_markdown_is_read_in_the_dialects_that_occur(text: str, blocks: list[tuple[str, int, str]]) -> None:
    found = read(text.encode(), "text/markdown").blocks
    assert [(block.kind, block.level, block.text) for block in found] == blocks


def test_rows_between_borders_are_a_table_without_the_rule_below_its_head() -> None:
    text = b"| Task | Lead |\n| Build piers | Board |\n| Dig wells | Council |\n\nA | B\nC | D\n"
    blocks = read(text, "text/markdown").blocks
    assert [block.cells for block in blocks] == [
        ("Task", "Lead"), ("Build piers", "Board"), ("Dig wells", "Council"), (), ()
    ]  # fmt: skip


def test_a_rule_below_a_second_row_of_heads_is_no_row() -> None:
    text = b"| Plan | 2026 |\n| Task | Lead |\n| --- | --- |\n| Build piers | Board |\n"
    blocks = read(text, "text/markdown").blocks
    assert [block.cells for block in blocks] == [("Plan", "2026"), ("Task", "Lead"), ("Build piers", "Board")]


def test_tables_of_html_in_markdown_are_tables() -> None:
    text = "|a|b|\n|-|-|\n|1|2|\n\n<table><tr><td>c<td>d</tr>\n\n<tr><td>3<td>4</tr></table>\ntail"
    blocks = read(text.encode(), "text/markdown").blocks
    assert [(block.cells, block.table) for block in blocks] == [
        (("a", "b"), 1),
        (("1", "2"), 1),
        (("c", "d"), 2),
        (("3", "4"), 2),
        ((), 0),
    ]


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        ("<title>Plan&#x1b;[31m</title><p>1. Build&#x1b;]0;a&#7; a\x9b pier", "text/html"),
        ("# Plan\x1b[31m\n\n1. Build\x1b]0;a\x07 a\x9b pier", "text/markdown"),
        ("Plan\x1b[31m\n\n1. Build\x1b]0;a\x07 a\x9b pier\u202e", "text/plain"),
    ],
)
def test_what_could_steer_a_terminal_is_a_space(content: str, media_type: str) -> None:
    reading = read(content.encode(), media_type)
    assert not CONTROLS.search(reading.text + "".join(reading.meta.values()))
    assert all(reading.text[block.start : block.end] == block.text for block in reading.blocks)
