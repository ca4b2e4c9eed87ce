"""What is tested with random inputs: for each kind, the function that the program calls, files, words, allowed errors."""

from __future__ import annotations

import gzip
import hashlib
import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from config.errors import ConfigurationError, PolicyTasksError
from tests.extract.files import make_pdf, make_word

URL = "https://www.example.gov/2024/01/02/plan.html"
PLAN = """# Plan for the Towns of the River (2024-2026)

By Ann Lee, May 2, 2024. Source: Harbour News

The towns will work on three tasks in two areas, namely the Pier Plan and the School Plan.

## I. Boats

1. Build the **pier** by May 2025. Lead: Harbour Board; Supporting agencies: Town Council, Board of Boats
2. Improve the [timetable](t.html), led by the Ministry of Trade and the Harbour Board with support from A and B.
   - a point

## II. Schools

3. Train teachers.

| Action | Lead | Deadline |
| --- | --- | --- |
| Build the pier | Harbour Board | May 2025 |

Annex A: Notes
"""
CHINESE_PLAN = """河镇2024年工作计划

来源：河镇日报 记者：王一

发布日期：2024年1月2日 浏览次数：123次

本计划共三项任务。

一、船

（一）推进《时刻表规划（2024-2026年）》。牵头单位：交通局；配合单位：财政局、教育局
（二）建设码头。（责任单位：港务局，2024年底前）

二、学校

（三）培训教师。由教育局牵头，财政局配合。

附件1：说明
"""
PAGE = """<!doctype html><html lang=en><head><meta charset=utf-8><title>Plan for the River - Site</title>
<meta property="og:title" content="Plan for the River"><base href="/a/"><link rel=canonical href="/plan"></head><body>
<nav><a href="x.html">Home</a></nav><article><h1>Plan for the River</h1><p>Three tasks in two areas.</p>
<h2>I. Boats</h2><ol><li>Build a <b>pier</b> by May 2025.<li value=2>Improve boats.</ol><h2>II. Schools</h2>
<ol start=3 type=1><li>Train teachers. Lead: School Board</ol><table><tr><th>Action<th>Lead<th>Deadline
<tr><td rowspan=2 colspan=1>Build a pier<td>Harbour Board<td>May 2025<tr><td>Board<td>May 2026</table>
<p style="display:none">x</p><s>gone</s><br><a href="two.html">Two &amp; more</a></article><footer>end</footer></body></html>
"""
RSS = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>News</title><link>https://e.gov/</link>
<item><title>A plan</title><link>https://e.gov/a</link><pubDate>Tue, 02 Jan 2024 10:00:00 GMT</pubDate>
<description><![CDATA[<p>words</p>]]></description></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><entry><title type="html">A &lt;b&gt;plan</title>
<link href="/a" rel="alternate"/><updated>2024-01-02T10:00:00Z</updated></entry></feed>"""
SITEMAP = """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://e.gov/a</loc>
<lastmod>2024-01-02</lastmod></url><url><loc>https://e.gov/b</loc></url></urlset>"""
INDEX = "<sitemapindex><sitemap><loc>https://e.gov/s.xml.gz</loc></sitemap></sitemapindex>"
ROBOTS = """User-agent: *\nDisallow: /private/*.html$\nAllow: /\nCrawl-delay: 2\nRequest-rate: 1/10 0900-1700
User-agent: policytasks\nDisallow: /%e4\nSitemap: https://e.gov/s.xml\n# end\n"""
DATASET = """id: towns\ntitle: Towns\ntitle_zh: 镇\nlicence: CC-BY-4.0\ndelay: 1.5\nschedule: {cron: "0 6 * * *", timezone: Europe/Paris}
sources:\n  - {id: one, url: "https://e.gov/a", language: en, selector: "div.a > p"}
  - id: two\n    discover: {page: "https://e.gov/", links: "a[href]", match: "plan|task"}\n    &x notes: text\n"""
DIGEST = "a" * 64
CAPTURES = (
    f'{{"capture_id":"{DIGEST}","source_id":"towns","url":"https://e.gov/a","fetched_at":"2024-01-02T10:00:00Z",'
    '"method":"http","media_type":"text/html","byte_count":12,"encoding":"utf-8","status":200}\n'
)


@dataclass(frozen=True)
class Target:
    """A function with its inputs; errors other than `allowed` are defects."""

    read: Callable[[bytes], object]
    files: tuple[bytes, ...]
    words: tuple[bytes, ...]
    allowed: tuple[type[Exception], ...] = ()


def _read_as(media_type: str) -> Callable[[bytes], object]:
    """The reading of a document of a media type, with its plan, as a worker reads it."""

    def read_input(content: bytes) -> object:
        from pipeline.read.documents import read_document
        from pipeline.read.workers import Document

        key = hashlib.sha256(content).hexdigest()
        return read_document(Document(key, content, media_type, None, URL, URL))

    return read_input


def _find_links_in(kind: str) -> Callable[[bytes], object]:
    def find_input_links(content: bytes) -> object:
        from pipeline.read.documents import find_document_links

        return find_document_links(content, kind, URL, {"match": "plan|a", "following": "a[rel=next]"})

    return find_input_links


def _read_robots(content: bytes) -> object:
    from collect.robots import parse_robots

    robots = parse_robots(200, content, "")
    return robots.allows(URL), robots.delay


def _read_warc(content: bytes) -> object:
    from collect.warc import read_warc

    return list(read_warc(io.BytesIO(content)))


def _parse_dataset(content: bytes) -> object:
    from config.loader import parse_dataset

    return parse_dataset(content.decode("utf-8", "replace"), "towns", "datasets/towns.yaml")


def _read_records(content: bytes) -> object:
    from collect.archive import read_articles, read_history, read_removals

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "towns"
        source.mkdir()
        for name in ("captures", "checks", "articles", "removals"):
            (source / f"{name}.jsonl").write_bytes(content)
        errors = []
        for read_file in (read_history, read_articles, read_removals):
            try:
                read_file(Path(folder), "towns")
            except PolicyTasksError as error:
                errors.append(str(error))
        return errors


def _make_warc() -> bytes:
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    buffer = io.BytesIO()
    writer = WARCWriter(buffer, gzip=False)
    headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
    record = writer.create_warc_record(URL, "response", payload=io.BytesIO(PAGE.encode()), http_headers=headers)
    writer.write_record(record)
    return buffer.getvalue()


def _split(text: str) -> tuple[bytes, ...]:
    return tuple(word.encode().decode("unicode_escape").encode("latin-1") for word in text.split("  "))


PLAIN_WORDS = tuple(
    word.encode()
    for word in (
        *(
            "（一）",
            "一、",
            "1. ",
            "(a) ",
            "第一章",
            "Action 1: ",
            "I. ",
            "责任单位：",
            "牵头",
            "负责",
            "、",
            "和",
            "（财政局",
            "）",
            "《",
            "》",
        ),
        *(
            "Lead: ",
            "led by ",
            "with support from ",
            "the Ministry of ",
            "A and ",
            "Plan ",
            "one task ",
            "namely ",
            "by May 2025 ",
        ),
        *(
            "# ",
            "- ",
            "| a | b |\n",
            "|---|---|\n",
            "**",
            "~~",
            "<s>",
            "<!--",
            "](",
            "![",
            "```\n",
            "---\n",
            "title: a\n",
            "\n\n",
            "....",
            "。",
        ),
        *(
            "\n",
            "2024年底前",
            "共三项任务",
            "Box 1\n",
            "Annex A\n",
            "Sec. 1. ",
            "continue to ",
            "Deadline: 1 ",
            "阅读1次",
            "1,",
        ),
    )
)
PAGE_WORDS = _split(
    "<table>  <tr>  <td>  <td colspan=999999999>  <td rowspan=999999999>  </table>  <ol start=99999>  <li>  <div>  </div>  <b>  <p>  <br>"
    "  <script>  </script>  <!--  -->  <![CDATA[  <a href=x>  <h1>  <h2>  <meta charset=utf-7>  &#x110000;  &nbsp;  <svg>  <template>"
    "  <base href='http://['>  <html>  <body>  <title>  <dl>  <dd>  class='nav'  <font  <font a=  <main>  <article>  <frameset>"
)
# Whole elements, of which the noise makes well-formed pages whose parts do not fit each other.
PAGE_PIECES = tuple(
    f"{piece}\n".encode()
    for piece in (
        *(
            f"<h{level}>{text}</h{level}>"
            for level in (1, 2, 3)
            for text in ("Boats", "II. Schools", "一、船", "附件1")
        ),
        *(
            f"<p>{text}</p>"
            for text in (
                "The towns will:",
                "Harbour Board shall:",
                "There are three tasks in two areas.",
                "共三项任务，分别是码头、学校。",
                "1. Build the pier by May 2025.",
                "Action 2: Train teachers. Lead: Town Council",
                "（二）建设码头。（责任单位：港务局，2024年底前）",
                "3. 培训教师。",
                "一是建设码头。二是培训教师。",
                "Annex A",
                "Lead",
                "第三条 镇政府应当建设码头。",
                "<b>Build the pier.</b> It is old.",
                "",
            )
        ),
        *(f"<{kind}><li>Build the pier.<li>Train teachers by 2026.</{kind}>" for kind in ("ul", "ol", "ol type=a")),
        "<ul><li>Build <ul><li>a pier <ol><li>of wood</ol></ul></ul>",
        *(
            f"<table>{head * heads}{row * rows}</table>"
            for head, row in (
                ("<tr><th>Task<th>Lead<th>Deadline</tr>", "<tr><td>1. Build<td>Harbour Board<td>Q2 2026</tr>"),
                ("<tr><td>序号<td>事项<td>责任单位</tr>", "<tr><td>1<td>建设码头<td>港务局</tr>"),
                ("<tr><th>Lead</tr>", "<tr><td colspan=3>Boats</tr>"),
                ("<tr></tr>", "<tr><td rowspan=9>Boats<td></tr>"),
            )
            for heads, rows in ((0, 2), (1, 0), (1, 3), (2, 0), (2, 1), (3, 2))
        ),
        "</table></ul></ol></div>",
    )
)
WORD_WORDS = _split(
    "<w:p>  </w:p>  <w:r><w:br/></w:r>  <w:tbl><w:tr><w:tc>  </w:tc></w:tr></w:tbl>  <w:tcPr><w:gridSpan w:val='999999999'/></w:tcPr>  <w:tcPr>"
    "<w:vMerge/></w:tcPr>  <w:start w:val='99999999999'/>  <w:numFmt w:val='upperRoman'/>  <w:lvlText w:val='%1%2%3'/>  <w:t>a</w:t>"
    "  <w:numPr><w:ilvl w:val='8'/><w:numId w:val='1'/></w:numPr>  <w:basedOn w:val='Normal'/>  <w:b w:val='x'/>  <!DOCTYPE a [<!ENTITY b 'c'>]>  &b;"
)
PDF_WORDS = _split(
    "<<  >>  [  ]  (a)  <  >  obj  endobj  stream\n  endstream  BT  ET  Tj  TJ  Td  Tf  Do  q  Q  re  l  m  S  1 0 R  2 0 R  4 0 R  /Filter /FlateDecode"
    "  /Filter [/LZWDecode /RunLengthDecode /ASCII85Decode]  /Type /Page  /Kids  /Count  /Contents  /Prev 0  /W [1 4000000000 5]  /Parent  /Font"
    "  1 begincodespacerange  1 beginbfrange <00> <ffffffff> <00> endbfrange  /Subtype /Form  /BBox [0 0 1 1]  0 0 9 9 re  /Predictor 15 /Columns 99999999  ID  EI  BI"
)
FEED_WORDS = _split(
    "<item>  </item>  <entry>  <link>  <link href='http://['/>  <title>  <![CDATA[  ]]>  &  &lt;  <!DOCTYPE a [<!ENTITY b 'cc'>]>  &b;  <pubDate>x  <rss>  <feed>"
    "  <content type='xhtml'>  <enclosure url=''/>  <dc:date>  xmlns:x='y'  <media:content>  <georss:point>1 2</georss:point>  <?xml encoding='punycode'?>  <itunes:duration>"
)
SITEMAP_WORDS = _split(
    "<loc>  </loc>  <loc>http://e.gov/</loc>  <url>  </url>  <urlset>  <sitemapindex>  <sitemap>  <!DOCTYPE a [<!ENTITY b 'cc'>]>  &b;  <![CDATA[  ]]>  <!--  -->  <?a  ?>"
)
ROBOTS_WORDS = _split(
    "User-agent: *\\n  User-agent: policytasks\\n  Disallow: /*a*b$\\n  Allow: \\n  Crawl-delay: 9e999\\n  Crawl-delay: -1\\n  Request-rate: 1/0\\n  Request-rate: 9/9999999999999d\\n"
    "  Sitemap: x\\n  *  $  %  %zz  Host:  Visit-time: 9999-9999\\n  Request-rate: 1/1 9999-9999\\n"
)
WARC_WORDS = _split(
    "WARC/1.0\\r\\n  WARC-Type: response\\r\\n  WARC-Type: metadata\\r\\n  WARC-Type: revisit\\r\\n  Content-Length: 99999999999\\r\\n  Content-Length: -1\\r\\n  \\r\\n  \\r\\n\\r\\n"
    "  HTTP/1.1 200 OK\\r\\n  Transfer-Encoding: chunked\\r\\n  Content-Encoding: gzip\\r\\n  Content-Encoding: br\\r\\n  WARC-Date: 9999-99-99T\\r\\n  WARC-Target-URI: http://[\\r\\n"
    "  WARC-Block-Digest: sha1:A\\r\\n  filedesc://a 0.0.0.0 20240101000000 text/plain 9\\n  \\x1f\\x8b\\x08"
)
DATASET_WORDS = _split(
    "&a  *a  <<: *a  [  ]  {  }  !!python/object:os.system  !!binary  !!int  ? :  - |  \\n  \\n  - id: a\\n  sources:  discover:  match: '(a+)+$'  cron: '* * * * *'  \\t  ---  ...  1e999"
    "  2024-99-99  0x  .inf  .nan  ~  id: {a: b}  url: http://[  selector: '::'  schedule:  title: [a]\\n  corrections:\\n  aliases:\\n"
)
RECORD_WORDS = _split(
    '{  }  [  ]  "  :  ,  null  1e999  \\n  \\0  \\xff  "status":  "fetched_at":"0001-01-01T00:00:00+23:59"  "byte_count":9999999999999999999999  NaN'
)

TARGETS = {
    "html": Target(_read_as("text/html"), (PAGE.encode(), CHINESE_PLAN.encode("gbk")), (*PAGE_WORDS, *PLAIN_WORDS)),
    "pieces": Target(_read_as("text/html"), (), PAGE_PIECES),
    "pdf": Target(
        _read_as("application/pdf"), (make_pdf([(20, "Plan"), (11, "1. Build a pier."), (11, "2. Open.")]),), PDF_WORDS
    ),
    "docx": Target(
        _read_as("application/vnd.openxmlformats-officedocument.wordprocessingml.document"), (make_word(),), WORD_WORDS
    ),
    "markdown": Target(_read_as("text/markdown"), (PLAN.encode(), CHINESE_PLAN.encode()), PLAIN_WORDS),
    "text": Target(_read_as("text/plain"), (PLAN.encode(), CHINESE_PLAN.encode()), PLAIN_WORDS),
    "links": Target(_find_links_in("page"), (PAGE.encode(),), PAGE_WORDS, (PolicyTasksError,)),
    "feed": Target(_find_links_in("feed"), (RSS.encode(), ATOM.encode()), FEED_WORDS, (PolicyTasksError,)),
    "sitemap": Target(
        _find_links_in("sitemap"),
        (SITEMAP.encode(), INDEX.encode(), gzip.compress(SITEMAP.encode(), mtime=0)),
        SITEMAP_WORDS,
        (PolicyTasksError,),
    ),
    "robots": Target(_read_robots, (ROBOTS.encode(),), ROBOTS_WORDS),
    "warc": Target(_read_warc, (_make_warc(), gzip.compress(_make_warc(), mtime=0)), WARC_WORDS, (PolicyTasksError,)),
    "dataset": Target(_parse_dataset, (DATASET.encode(),), DATASET_WORDS, (ConfigurationError,)),
    "records": Target(_read_records, (CAPTURES.encode(),), RECORD_WORDS),
}
