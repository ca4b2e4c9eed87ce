"""Every word that a reader sees has its Chinese."""

from __future__ import annotations

import re
from io import BytesIO

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from catalog.rendering import HERE, load_words
from publish.change_notes import split_words
from publish.change_summary import ALTERED, VERBS
from publish.datapackage import DATASET_PROPERTIES
from transform.changes import ADDED, REMOVED
from transform.schema import TABLES

METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
OPTIONS = {"templates/**.html": {"extensions": "jinja2.ext.i18n", "trimmed": "true"}}


def extract_from_templates() -> set[str]:
    messages = [message for _, _, message, *_ in extract_from_dir(HERE, METHODS, OPTIONS)]
    return {message if isinstance(message, str) else message[0] for message in messages}


def list_words_of_tables() -> set[str]:
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
            value
            for name in ("assignments", "mentions", "areas")
            for column in TABLES[name].columns
            for value in column.enum
        ),
    }


def read_messages() -> dict[str, str]:
    with (HERE / "words" / "zh.po").open("rb") as file:
        messages = read_po(BytesIO(file.read()), locale="zh")
    return {
        (message.id if isinstance(message.id, str) else message.id[0]): (
            message.string if isinstance(message.string, str) else (message.string or ("",))[0]
        )
        for message in messages
        if message.id
    }


def test_every_message_has_its_chinese() -> None:
    messages = read_messages()
    words = extract_from_templates() | list_words_of_tables()
    assert len(words) > 150
    assert not sorted(word for word in words if not messages.get(word))


def test_placeholders_are_the_same_in_both_languages() -> None:
    for english, chinese in read_messages().items():
        assert sorted(re.findall(r"%\(\w+\)s", english)) == sorted(re.findall(r"%\(\w+\)s", chinese)), english


def test_english_is_shown_as_it_is_and_chinese_from_the_file() -> None:
    assert load_words("en").gettext("Tasks") == "Tasks"
    assert load_words("zh").gettext("Tasks") == "任务"
