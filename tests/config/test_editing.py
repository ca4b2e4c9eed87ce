from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from config.editing import append_source, propose_id
from config.errors import ConfigurationError
from config.loader import read_dataset
from config.models import ID_PATTERN, LONGEST_ID, Source

NEW = Source(id="new-2024", url="https://example.org/new")


@pytest.mark.parametrize(
    ("url", "title", "year", "made"),
    [
        (
            "https://www.towns.info/2019/07/16/the-development-of-the-harbour-towns-roadmap/",
            "",
            2019,
            "towns-2019-roadmap",
        ),
        ("https://www.gov.cn/zhengce/content/202308/content_6898755.htm", "", 2023, "gov-2023-content-6898755"),
        ("http://127.0.0.1:8000/plan.html", "Harbour Towns to Share Ferries", 2021, "harbour-towns-2021-plan"),
        ("https://news.example.com/", "", None, "example"),
        ("https://10.1.2.3/", "规划", None, "source"),
    ],
)
def test_an_id_says_whose_it_is_of_which_year_and_what(url: str, title: str, year: int | None, made: str) -> None:
    assert propose_id(url, title, year, set()) == made
    assert propose_id(url, title, year, {made}) == f"{made}-2"


@given(st.text(), st.text(), st.none() | st.integers(1990, 2100))
def test_whatever_the_address_the_id_is_one(path: str, title: str, year: int | None) -> None:
    import re

    made = propose_id(f"https://example.org/{path}", title, year, {"source"})
    assert re.match(ID_PATTERN, made)
    assert len(made) <= LONGEST_ID


HEAD = "id: a\ntitle: A\nlicence: CC0-1.0\n"
FILES = [
    "sources:\n  - id: one\n    url: https://example.org/1\n",
    "sources:\n- id: one\n  url: https://example.org/1\nkeywords: [a]\n",
    "sources:\n  - id: one\n    url: https://example.org/1",
    "sources:\n  - url: https://example.org/1 # where\n    id: one\n\n# the end\ndelay: 2\n",
    "sources:\n  - id: one\n    discover: {feed: https://example.org/feed,\n               match: plan}\ndelay: 2\n",
    "sources:\n  - id: one\n    discover:\n      feed: https://example.org/feed\n  - {id: two, url: https://example.org/2}\n",
    "sources:\n  - id: one\n    url: https://example.org/1\n    retired: |\n      the towns\n      merged\n\ndelay: 2\n",
    "sources:\n    -   id: one\n        url: https://example.org/1\n",
]


@pytest.mark.parametrize("text", FILES)
def test_a_source_goes_to_the_end_of_the_list_and_nothing_else_changes(text: str) -> None:
    before, after = HEAD + text, append_source(HEAD + text, NEW, "datasets/a.yaml")
    expected = yaml.safe_load(before)
    expected["sources"].append({"id": "new-2024", "url": "https://example.org/new"})
    assert yaml.safe_load(after) == expected
    added = [line for line in after.splitlines() if line not in before.splitlines()]
    assert len(added) == 2
    assert [line for line in after.splitlines() if line not in added] == before.splitlines()


def test_line_ends_stay_as_they_are() -> None:
    text = (HEAD + FILES[1]).replace("\n", "\r\n")
    after = append_source(text, NEW, "datasets/a.yaml")
    assert "\n" not in after.replace("\r\n", "")
    assert after.replace("- id: new-2024\r\n  url: https://example.org/new\r\n", "") == text


@pytest.mark.parametrize("text", ["sources: [{id: one, url: 'https://example.org/1'}]\n", "sources:\n"])
def test_a_list_that_is_written_otherwise_is_left_to_a_person(text: str) -> None:
    fix = r"datasets/a\.yaml: sources: is not a list with one entry per line; add the source by hand"
    with pytest.raises(ConfigurationError, match=fix):
        append_source(text, NEW, "datasets/a.yaml")


@pytest.mark.parametrize("text", ["", "- a\n"])
def test_a_file_that_is_not_a_dataset_is_left_to_a_person(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"datasets/a\.yaml:1: is not a dataset; write at least id"):
        append_source(text, NEW, "datasets/a.yaml")


ADDITION = """
import sys
from pathlib import Path
from config.editing import add_source
from config.models import Source
print(flush=True)
sys.stdin.readline()
add_source(Path(sys.argv[1]), "a", Source(id=f"source-{sys.argv[2]}", url="https://example.org/"), "A")
"""


def test_of_several_additions_at_once_none_is_lost(tmp_path: Path) -> None:
    commands = [[sys.executable, "-c", ADDITION, str(tmp_path), str(number)] for number in range(8)]
    pipe = subprocess.PIPE
    processes = [subprocess.Popen(command, stdin=pipe, stdout=pipe) for command in commands]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()  # ready
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    assert {source.id for source in read_dataset(tmp_path, "a").sources} == {f"source-{number}" for number in range(8)}
