"""Reads `datasets/<id>.yaml` into a checked `Dataset`.

A mistake in the file raises a ConfigurationError, one line with the file, the line, the key and the fix:

    datasets/harbour.yaml:7: delay: is -1; it must be 0 or more
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from config.errors import ConfigurationError
from config.models import (
    CRON_PATTERN,
    EMAIL_PATTERN,
    ID_PATTERN,
    LONGEST_ID,
    VERSION_PATTERN,
    Dataset,
    InvalidValueError,
)
from config.text import propose_name, shorten

# The parser in C reads ten thousand sources in a tenth of the time, but deep nesting could overflow its stack. Text
# that nests deeper than this, in brackets or at the beginning of a line, is given to the parser in Python.
FAST_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DEEPEST_NESTING = 400
BRACKET, DEEP_LINE = re.compile(r"[\[{\]}]"), re.compile(rf"^[-?: ]{{{DEEPEST_NESTING}}}", re.MULTILINE)
# Everything in a file that could be an id.
ID_LIKE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# Pydantic's kinds of error in plain words: what a value must be.
REQUIREMENTS = {
    "too_short": "must have at least one entry",
    "tuple_type": "must be a list",
    "model_type": "must be a mapping with keys of its own",
    "string_type": "must be text, in quotes if it looks like something else",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "greater_than_equal": "must be {ge:g} or more",
    "less_than_equal": "must be {le:g} or less",
    "string_too_short": "must be at least {min_length} characters long",
    "string_too_long": "must be at most {max_length} characters long",
    "literal_error": "must be {expected}",
}
PATTERNS = {
    ID_PATTERN: "must be lower-case letters, digits and single dashes, such as harbour-2021",
    CRON_PATTERN: "must be five cron fields, such as '0 6 * * *'",
    VERSION_PATTERN: "must be a version number, such as 1.2.0",
    EMAIL_PATTERN: "must be an e-mail address, such as anna@example.org",
}


def list_dataset_ids(folder: Path) -> list[str]:
    """The ids of all datasets in the folder, in alphabetical order."""
    return sorted(path.stem for path in folder.glob("*.yaml") if not path.name.startswith("."))


def may_mention(folder: Path, dataset_id: str, ids: Set[str]) -> bool:
    """Whether a dataset's file contains one of these ids anywhere; cheaper than parsing it.

    False if the file cannot be read: `read_dataset` reports that.
    """
    try:
        text = (folder / f"{dataset_id}.yaml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return not ids.isdisjoint(ID_LIKE.findall(text))


def read_dataset(folder: Path, dataset_id: str) -> Dataset:
    """Read and check `<folder>/<dataset_id>.yaml`.

    Raises ConfigurationError if there is no such dataset, or if its file has a mistake.
    """
    path = folder / f"{dataset_id}.yaml"
    if len(dataset_id) > LONGEST_ID or not re.match(ID_PATTERN, dataset_id) or not path.is_file():
        other_ids = [name for name in list_dataset_ids(folder) if name != dataset_id]
        fix = propose_name(dataset_id, other_ids, f"there are: {', '.join(other_ids) or 'none yet'}")
        raise ConfigurationError(f"no dataset is called {dataset_id!r}", f"{folder.name}/", fix)
    where = f"{folder.name}/{path.name}"
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"is not UTF-8 text (byte {error.start})", where, "save it as UTF-8") from error
    except OSError as error:
        raise ConfigurationError(f"cannot be read ({error.strerror})", where, "check its permissions") from error
    return parse_dataset(text, dataset_id, where)


@lru_cache(maxsize=8)
def parse_dataset(text: str, dataset_id: str, where: str) -> Dataset:
    """Check the text of a dataset's file. `where` is the file's name in error messages. Raises ConfigurationError."""
    tree, document = _parse_yaml(text, where)
    try:
        dataset = Dataset.model_validate(document)
    except ValidationError as error:
        raise _explain(error, tree, where) from error
    if dataset.id != dataset_id:
        raise ConfigurationError(
            f"id: is {dataset.id!r}, but the file's name says {dataset_id!r}",
            f"{where}:{_find_line(tree, ('id',))}",
            "make them the same",
        )
    return dataset


def _parse_yaml(text: str, where: str) -> tuple[yaml.Node, dict[str, Any]]:
    """The text as YAML nodes, which know their lines, and as plain data."""
    try:
        loader = (yaml.SafeLoader if _is_deeply_nested(text) else FAST_LOADER)(text)
        tree = loader.get_single_node()
        document: Any = loader.construct_document(tree) if tree else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(
            f"is not YAML ({error.problem})", f"{where}:{line}", "fix the indentation or quotes there"
        ) from error
    # Besides its own errors, PyYAML lets through those of the values that it makes: of dates, numbers and keys.
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ConfigurationError(
            f"is not YAML ({str(error).splitlines()[0]})", where, "remove what cannot be read"
        ) from error
    if not isinstance(tree, yaml.MappingNode):
        raise ConfigurationError("is not a dataset", f"{where}:1", "write at least id, title, licence and sources")
    for key, line in _find_repeated_keys(tree):
        raise ConfigurationError(f"{key}: appears twice", f"{where}:{line}", "keep one of them")
    return tree, document


def _is_deeply_nested(text: str) -> bool:
    """Whether a text may nest deeper than any dataset does; brackets within quotes count too."""
    depth = 0
    for bracket in BRACKET.finditer(text):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > DEEPEST_NESTING:
            return True
    return DEEP_LINE.search(text) is not None


def _find_repeated_keys(tree: yaml.Node) -> Iterator[tuple[str, int]]:
    """Keys that appear twice in one mapping, each with the line of the second one.

    Each node is visited once: anchors may make a node contain itself.
    """
    seen_nodes, nodes = set(), [tree]
    while nodes:
        node = nodes.pop()
        if id(node) in seen_nodes:
            continue
        seen_nodes.add(id(node))
        if isinstance(node, yaml.MappingNode):
            seen_keys = set()
            for key, value in node.value:
                if str(key.value) in seen_keys:
                    yield str(key.value), key.start_mark.line + 1
                seen_keys.add(str(key.value))
                nodes.append(value)
        elif isinstance(node, yaml.SequenceNode):
            nodes.extend(node.value)


def _find_line(node: yaml.Node, path: tuple[int | str, ...]) -> int:
    """The line, from 1, of the deepest part of the path that exists."""
    line = node.start_mark.line + 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == step), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line


def _explain(error: ValidationError, tree: yaml.Node, where: str) -> ConfigurationError:
    """The most useful of pydantic's errors in plain words."""
    # A misspelled key makes two errors: an unknown key, and a missing one. The first is the mistake.
    entry = min(error.errors(include_url=False), key=lambda entry: entry["type"] != "extra_forbidden")
    path, value, context = entry["loc"], entry["input"], entry.get("ctx", {})
    cause = context.get("error")
    if entry["type"] == "extra_forbidden":
        keys = _list_keys_beside(path)
        problem, fix = "unknown key", propose_name(str(path[-1]), keys, f"known keys are {', '.join(keys)}", 0.5)
    elif entry["type"] == "missing":
        problem, fix = "is missing", "add it"
    elif isinstance(cause, InvalidValueError):
        problem, fix = cause.what, cause.fix
    else:
        problem, kind, message = f"is {shorten(repr(value), 60)}", entry["type"], entry["msg"]
        pydantics = f"is not accepted: {message[0].lower()}{message[1:]}"
        stated = PATTERNS.get(context.get("pattern", "")) or REQUIREMENTS.get(kind, "").format(**context)
        fix = f"it {stated or pydantics}"
    key = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    return ConfigurationError(f"{key}: {problem}", f"{where}:{_find_line(tree, path)}", fix)


def _list_keys_beside(path: tuple[int | str, ...]) -> list[str]:
    """The keys of the model in which an unknown key was found; `path` leads to that key."""
    model: type[BaseModel] = Dataset
    for step in path[:-1]:
        if isinstance(step, str):
            field = next(field for name, field in model.model_fields.items() if step in (name, field.alias))
            model = _find_model(field.annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _find_model(annotation: Any) -> type[BaseModel] | None:
    """The model in a type such as `tuple[Source, ...]` or `Discovery | None`; None if there is none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_find_model, get_args(annotation))), None)
