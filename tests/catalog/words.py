"""The words that pages show: those of templates and modules, and those of tables, which `pybabel` cannot find.

`python -m tests.catalog.words` adds the new ones to `zh.po`, without a translation. All others stay as they are.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from catalog.rendering import HERE
from publish.change_notes import split_words
from publish.change_summary import ALTERED, VERBS
from publish.datapackage import DATASET_PROPERTIES
from transform.changes import ADDED, REMOVED
from transform.schema import TABLES

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
OPTIONS = {"templates/**.html": {"extensions": "jinja2.ext.i18n", "trimmed": "true"}}
CHINESE = HERE / "words" / "zh.po"
WIDTH = 120

# A message: its English words, or those for one and for several.
Message = str | tuple[str, ...] | list[str]


def list_messages() -> dict[str, Message]:
    """Every message, by its English words (those for one, if there are two forms)."""
    extracted = [message for _, _, message, *_ in extract_from_dir(HERE, METHODS, OPTIONS)]
    return {get_singular(message): message for message in (*extracted, *sorted(_list_words_of_tables()))}


def get_singular(message: Message) -> str:
    return message if isinstance(message, str) else message[0]


def read_chinese() -> Catalog:
    return read_po(BytesIO(CHINESE.read_bytes()), locale="zh")


def update_chinese(chinese: Catalog) -> None:
    """Add the messages that it lacks."""
    present = {get_singular(message.id) for message in chinese if message.id}
    for singular, message in list_messages().items():
        if singular not in present:
            chinese.add(message)


def _list_words_of_tables() -> set[str]:
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


if __name__ == "__main__":
    words = read_chinese()
    update_chinese(words)
    with CHINESE.open("wb") as file:
        write_po(file, words, width=WIDTH)
