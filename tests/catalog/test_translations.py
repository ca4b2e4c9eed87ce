"""Every word that a reader sees has its Chinese."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from catalog.rendering import HERE, load_words
from publish.change_notes import split_words
from publish.change_summary import ALTERED, VERBS
from publish.datapackage import DATASET_PROPERTIES
from tests.conftest import CHECKOUT
from transform.changes import ADDED, REMOVED
from transform.schema import TABLES

METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
OPTIONS = {"templates/**.html": {"extensions": "jinja2.ext.i18n", "trimmed": "true"}}


def said_in_templates() -> set[str]:
    found = extract_from_dir(HERE, METHODS, OPTIONS)
    return {one[2] if isinstance(one[2], str) else one[2][0] for one in found}


def said_of_tables() -> set[str]:
    columns = [column for table in TABLES.values() for column in table.columns]
    return {
        *TABLES,
        *(table.description for table in TABLES.values()),
        *(column.description for column in columns),
        *(f"%(number)s {table} {verb}" for table in TABLES for verb in (*VERBS.values(), ALTERED, ADDED, REMOVED)),
        *(split_words(name) for name in (*DATASET_PROPERTIES, "columns", "corrections")),
        *("first release", "first release that stands", "columns changed"),
        *("added", "removed", "active", "stale", "broken", "retired"),
        *(
            one
            for name in ("assignments", "mentions", "areas")
            for column in TABLES[name].columns
            for one in column.enum
        ),
    }


def catalogue() -> dict[str, str]:
    with (HERE / "words" / "zh.po").open("rb") as file:
        messages = read_po(BytesIO(file.read()), locale="zh")
    return {
        (one.id if isinstance(one.id, str) else one.id[0]): (
            one.string if isinstance(one.string, str) else (one.string or ("",))[0]
        )
        for one in messages
        if one.id
    }


def test_every_message_has_its_chinese() -> None:
    known = catalogue()
    wanted = said_in_templates() | said_of_tables()
    assert len(wanted) > 150
    assert not sorted(one for one in wanted if not known.get(one))


def test_what_stands_in_for_values_is_the_same_in_both() -> None:
    import re

    for english, chinese in catalogue().items():
        assert sorted(re.findall(r"%\(\w+\)s", english)) == sorted(re.findall(r"%\(\w+\)s", chinese)), english


def test_english_stands_as_it_is_and_the_words_are_a_file_of_the_room() -> None:
    assert load_words("en").gettext("Tasks") == "Tasks"
    assert load_words("zh").gettext("Tasks") == "任务"
    assert Path(HERE / "words" / "zh.po") == (CHECKOUT / "src" / "catalog" / "words" / "zh.po")
