"""Adds a source to a dataset's configuration file: proposes its id, and writes it as a person would.

Everything else in the file, comments included, stays as it is, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml

from config.errors import ConfigurationError
from config.loader import compose_yaml, parse_dataset, read_configuration
from config.models import LONGEST_ID, Source
from config.paths import lock_folder, replace_file

# Labels of a host name that say what kind of host it is, and not whose.
HOST_KINDS = frozenset(["www", "m", "en", "english", "cn", "com", "org", "net", "gov", "edu", "co", "ac", "info"])
EXTENSION = re.compile(r"\.\w{2,5}$")
WORDS = re.compile(r"[a-z0-9]+")

SCHEMA = "schema.json"
SCHEMA_LINE = f"# yaml-language-server: $schema={SCHEMA}\n"
NEW_DATASET = """\
id: {id}
title: {title}
licence: CC-BY-4.0
# contact: an e-mail address or a URL, which is sent with every request to the owners of sites
sources:
"""


def propose_id(url: str, title: str, year: int | None, taken_ids: Collection[str]) -> str:
    """A readable id for a new source, not in `taken_ids`: the host's name, the year, the end of the path.

    `propose_id("https://www.towns.info/2019/roadmap/", "", 2019, ())` gives `towns-2019-roadmap`.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").split(".")
    labels = [label for label in host if label not in HOST_KINDS] or host[-2:-1]
    owner_words = labels[-1:] if labels and not labels[-1].isdigit() else WORDS.findall(title.casefold())[:2]
    path = EXTENSION.sub("", unquote(parts.path.rstrip("/"))).rpartition("/")[2]
    path_words = WORDS.findall(path.casefold())[-2:]
    words = [
        *owner_words,
        *([str(year)] if year else []),
        *(path_words[-1:] if path_words and path_words[-1].isalpha() else path_words),
    ]
    stem = "-".join(word for word in WORDS.findall(" ".join(words)))[: LONGEST_ID - 4].strip("-") or "source"
    return next(
        candidate
        for number in range(1, len(taken_ids) + 2)
        if (candidate := f"{stem}-{number}" if number > 1 else stem) not in taken_ids
    )


def format_source(source: Source, indent: int = 2) -> str:
    """A source as an entry of the list `sources:` in YAML; every line is indented by `indent` spaces."""
    settings = source.model_dump(mode="json", exclude_defaults=True)
    lines = yaml.safe_dump(settings, sort_keys=False, allow_unicode=True, width=10_000).splitlines()
    return "".join(f"{' ' * indent}{'  ' if number else '- '}{line}\n" for number, line in enumerate(lines))


def append_source(text: str, source: Source, where: str) -> str:
    """The text of a dataset's file with `source` added at the end of its list.

    Raises ConfigurationError if `sources:` is not a list with one entry per line. `where` is the file's name in the
    message.
    """
    tree = compose_yaml(text, where)
    node = next((value for key, value in tree.value if key.value == "sources"), None)
    if not isinstance(node, yaml.SequenceNode) or node.flow_style or not node.value:
        raise ConfigurationError("sources: is not a list with one entry per line", where, "add the source by hand")
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(end)  # like YAML; str.splitlines() also splits at other characters
    line_after = _find_last_line(node) + 1
    added_lines = format_source(source, node.start_mark.column).splitlines()
    following_lines = lines[line_after:] or [""]
    return end.join([*lines[:line_after], *added_lines, *following_lines])


def add_source(folder: Path, dataset_id: str, source: Source, title: str) -> None:
    """Add a source to the dataset's file; if there is none, create it with `title`.

    The file is replaced in one step, and only by a valid one; of several additions at once none is lost. Raises
    PolicyTasksError and OSError.
    """
    path = folder / f"{dataset_id}.yaml"
    where = f"{folder.name}/{path.name}"
    with lock_folder(folder):
        if path.exists():
            text = append_source(read_configuration(path, where), source, where)
        else:
            title_as_yaml = yaml.safe_dump(title, allow_unicode=True, width=10_000).splitlines()[0]
            head = SCHEMA_LINE if (folder / SCHEMA).exists() else ""
            text = head + NEW_DATASET.format(id=dataset_id, title=title_as_yaml) + format_source(source)
        parse_dataset(text, dataset_id, where)
        with replace_file(path) as file:
            file.write(text.encode("utf-8"))


def _find_last_line(node: yaml.Node) -> int:
    """The line, from 0, of the last content in a node."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last_item = node.value[-1]
        node = last_item[1] if isinstance(last_item, tuple) else last_item
    mark = node.end_mark
    return mark.line if mark.column else mark.line - 1
