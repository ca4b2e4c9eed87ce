"""Reads `datasets/<id>.yaml` into a checked `Dataset`.

A mistake in the file raises a ConfigurationError, one line with the file, the line, the key and the fix:

    datasets/harbour.yaml:7: delay: is -1; it must be 0 or more
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator, Set
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError

from config.errors import ConfigurationError
from config.models import (
    CRON_PATTERN,
    EMAIL_PATTERN,
    ID_PATTERN,
    LONGEST_EXPRESSION,
    LONGEST_ID,
    VERSION_PATTERN,
    Dataset,
    InvalidValueError,
)
from config.text import MAX_MESSAGE_LENGTH, omit_credentials, omit_user, propose_name, shorten, summarise_message

# The parser in C reads ten thousand sources in a tenth of the time.
FAST_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# The limits of a file, since it may come from anybody: a request to add a source, a copy from the web. Its bytes (a
# source takes some 100, so there is space for 100,000); the values in it, and the characters that they come to, where
# each alias counts as what it stands for; how deep they nest; the keys of one mapping; the characters of a number or
# date, and of a name in an error message.
MAX_BYTES, MAX_VALUES = 10_000_000, 1_000_000
DEEPEST_NESTING, MAX_KEYS, LONGEST_NUMBER, LONGEST_NAME = 400, 1000, 100, 60
# The characters of all selectors and regular expressions of a file, each different one counted once: some 20 µs are
# taken for each. A range of characters, such as [a-z], takes as long as so many characters.
MAX_EXPRESSIONS, RANGE_COST = 100_000, 300
# The keys of selectors and of regular expressions.
SELECTOR_KEYS, EXPRESSION_KEYS = frozenset(["selector", "links", "following"]), frozenset(["match"])
# A text has at most as many values as characters of this kind, and nests at most as deep as its brackets and as the
# indicators at the beginning of a line; where that is too deep it is looked at closely.
INDICATORS = ("\n", ",", ":", "[", "{", "- ", "?")
BRACKET, DEEP_LINE = re.compile(r"[\[{\]}]"), re.compile(rf"^[-?: ]{{{DEEPEST_NESTING}}}", re.MULTILINE)
NUMBERS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "timestamp"))
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
# What a value is, where a message does not repeat it: it is long, or may be a secret.
KINDS = {
    str: "text",
    dict: "a mapping",
    list: "a list",
    set: "a set",
    int: "a number",
    float: "a number",
    bool: "true or false",
    bytes: "bytes",
    date: "a date",
    datetime: "a time",
    type(None): "empty",
}
CONTAINERS = (dict, list, set)
# The key whose values are not repeated: the path of a webhook is the secret itself.
UNREPEATED_KEY = "notify"
# A key that a message repeats; what has other characters may be a value, such as the address of a webhook.
PLAIN_KEY = re.compile(r"[\w .-]+")
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
        text = read_configuration(folder / f"{dataset_id}.yaml", "")
    except ConfigurationError:
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
    return parse_dataset(read_configuration(path, where), dataset_id, where)


def read_configuration(path: Path, where: str) -> str:
    """The text of a dataset's file. `where` is its name in error messages. Raises ConfigurationError."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"is not UTF-8 text (byte {error.start})", where, "save it as UTF-8") from error
    except OSError as error:
        raise ConfigurationError(f"cannot be read ({error.strerror})", where, "check its permissions") from error
    if len(content) > MAX_BYTES:
        raise ConfigurationError(f"has more than {MAX_BYTES:,} bytes", where, "make several datasets of it")
    return text


@lru_cache(maxsize=8)
def parse_dataset(text: str, dataset_id: str, where: str) -> Dataset:
    """Check the text of a dataset's file. `where` is the file's name in error messages. Raises ConfigurationError."""
    with _stop_collection():
        tree = compose_yaml(text, where)
        with _report_yaml_errors(where):
            document = FAST_LOADER("").construct_document(tree)
        try:
            dataset = Dataset.model_validate(document)
        except ValidationError as error:
            raise _explain(error, tree, where) from None  # its text has keys, which may be values that were misplaced
    if dataset.id != dataset_id:
        raise ConfigurationError(
            f"id: is {dataset.id!r}, but the file's name says {dataset_id!r}",
            f"{where}:{_find_line(tree, ('id',))}",
            "make them the same",
        )
    return dataset


def compose_yaml(text: str, where: str) -> yaml.MappingNode:
    """The text as YAML nodes, which know their lines. Raises ConfigurationError unless it is one mapping."""
    if sum(map(text.count, INDICATORS)) > MAX_VALUES:
        raise _make_size_error(where)
    with _report_yaml_errors(where):
        if _may_nest_deeply(text):
            _check_nesting(text, where)
        tree = FAST_LOADER(text).get_single_node()
    if not isinstance(tree, yaml.MappingNode):
        raise ConfigurationError("is not a dataset", f"{where}:1", "write at least id, title, licence and sources")
    _check_size(tree, where)
    _check_expressions(tree, where)
    for key, line in _find_repeated_keys(tree):
        what = f"{_show_key(key)}: appears twice"
        raise ConfigurationError(what, f"{where}:{line}", "keep one of them")
    return tree


@contextmanager
def _stop_collection() -> Iterator[None]:
    """Python's search for unused cycles of objects is off: none are made here, and it takes most of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _report_yaml_errors(where: str) -> Iterator[None]:
    """Raise ConfigurationError for what PyYAML raises: its own errors, and those of dates, numbers and keys.

    The causes are not chained, and what they quote is left out: a tag, or a value that does not fit its tag, may be a
    secret.
    """
    try:
        yield
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        has_text_of_file = isinstance(error, (ConstructorError, ComposerError))
        what = f"is not YAML ({_omit_quotations(error.problem) if has_text_of_file else error.problem})"
        raise ConfigurationError(what, f"{where}:{line}", "fix the indentation or quotes there") from None
    except (
        yaml.YAMLError,
        ValueError,
        TypeError,
        AttributeError,
        ArithmeticError,
        LookupError,
        RecursionError,
    ) as error:
        problem = _omit_quotations(str(error).partition("\n")[0]) or type(error).__name__
        raise ConfigurationError(f"is not YAML ({problem})", where, "remove what cannot be read") from None


def _omit_quotations(message: str | None) -> str:
    """A message of a library up to what it quotes."""
    unquoted = re.split(r"['\"]", message or "")[0].rstrip(" :(")
    return summarise_message(unquoted) if unquoted else ""


def _may_nest_deeply(text: str) -> bool:
    """Whether a text may nest deeper than any dataset does; brackets within quotes count too."""
    depth = 0
    for bracket in BRACKET.finditer(text):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > DEEPEST_NESTING:
            return True
    return DEEP_LINE.search(text) is not None


def _check_nesting(text: str, where: str) -> None:
    """Raise ConfigurationError where a text nests too deep; done with events, since nodes are made by recursion."""
    depth = 0
    for event in yaml.parse(text, Loader=FAST_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST_NESTING:
            raise _make_nesting_error(where, event.start_mark.line + 1 if event.start_mark else 1)


def _check_size(tree: yaml.Node, where: str) -> None:
    """Raise ConfigurationError where nodes are too many, too long or too deep; each alias counts as its node."""
    sizes: dict[int, tuple[int, int, int]] = {}  # by node: values, characters, levels
    unfinished: set[int] = set()
    nodes = [tree]
    while nodes:
        node = nodes[-1]
        line = node.start_mark.line + 1
        if id(node) in sizes:
            nodes.pop()
        elif isinstance(node, yaml.ScalarNode):
            if node.tag in NUMBERS and len(node.value) > LONGEST_NUMBER:
                what = f"is not YAML (a number or date of {len(node.value):,} characters)"
                raise ConfigurationError(what, f"{where}:{line}", "put it in quotes if it is text")
            sizes[id(node)] = (1, len(node.value), 1)
        elif id(node) not in unfinished:
            children = _list_children(node)
            if isinstance(node, yaml.MappingNode) and len(node.value) > MAX_KEYS:
                raise ConfigurationError(f"has more than {MAX_KEYS} keys", f"{where}:{line}", "remove those not needed")
            if any(id(child) in unfinished or child is node for child in children):
                raise ConfigurationError("is not YAML (contains itself)", f"{where}:{line}", "remove the alias")
            unfinished.add(id(node))
            nodes += [child for child in children if id(child) not in sizes]
        else:
            unfinished.remove(id(node))
            parts = [sizes[id(child)] for child in _list_children(node)]
            values, characters = 1 + sum(part[0] for part in parts), sum(part[1] for part in parts)
            levels = 1 + max((part[2] for part in parts), default=0)
            if values > MAX_VALUES or characters > MAX_BYTES:
                raise _make_size_error(f"{where}:{line}")
            if levels > DEEPEST_NESTING:
                raise _make_nesting_error(where, line)
            sizes[id(node)] = (values, characters, levels)


def _list_children(node: yaml.Node) -> list[yaml.Node]:
    """The nodes within a mapping or list: keys and values, or entries."""
    return [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else node.value


def _make_size_error(where: str) -> ConfigurationError:
    what = f"has more than {MAX_VALUES:,} values, or {MAX_BYTES:,} characters, where each alias counts as what it is of"
    return ConfigurationError(what, where, "make several datasets of it")


def _make_nesting_error(where: str, line: int) -> ConfigurationError:
    what = f"nests deeper than {DEEPEST_NESTING} levels"
    return ConfigurationError(what, f"{where}:{line}", "write it with fewer brackets")


def _check_expressions(tree: yaml.Node, where: str) -> None:
    """Raise ConfigurationError where all selectors and regular expressions together take too long to compile."""
    selectors, expressions = set[str](), set[str]()
    for mapping in _list_mappings(tree):
        for key, value in mapping.value:
            if not isinstance(key, yaml.ScalarNode) or not isinstance(value, yaml.ScalarNode):
                continue
            if len(value.value) > LONGEST_EXPRESSION:
                continue  # which is not compiled either, and has an error of its own
            if key.value in SELECTOR_KEYS:
                selectors.add(value.value)
            elif key.value in EXPRESSION_KEYS:
                expressions.add(value.value)
    ranges = sum(expression.partition("[")[2].count("-") for expression in expressions)
    if sum(map(len, selectors | expressions)) + RANGE_COST * ranges > MAX_EXPRESSIONS:
        what = (
            f"its selectors and regular expressions have more than {MAX_EXPRESSIONS:,} characters, where a range such "
            f"as [a-z] counts as {RANGE_COST}"
        )
        raise ConfigurationError(what, where, "write shorter ones, or make several datasets of it")


def _find_repeated_keys(tree: yaml.Node) -> Iterator[tuple[str, int]]:
    """Keys that appear twice in one mapping, each with the line of the second one."""
    for mapping in _list_mappings(tree):
        seen_keys = set()
        for key, _ in mapping.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen_keys:
                    yield key.value, key.start_mark.line + 1
                seen_keys.add(key.value)


def _list_mappings(tree: yaml.Node) -> Iterator[yaml.MappingNode]:
    """The mappings in a tree, each once."""
    seen_nodes, nodes = set(), [tree]
    while nodes:
        node = nodes.pop()
        if id(node) in seen_nodes:
            continue
        seen_nodes.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield node
            nodes += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            nodes += node.value


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
        problem, fix = (
            "unknown key",
            propose_name(str(path[-1])[:LONGEST_NAME], keys, f"known keys are {', '.join(keys)}", 0.5),
        )
    elif entry["type"] == "missing":
        problem, fix = "is missing", "add it"
    elif isinstance(cause, InvalidValueError):
        problem, fix = shorten(omit_credentials(cause.what), MAX_MESSAGE_LENGTH), cause.fix
    else:
        problem, kind, message = f"is {_show_value(value, path)}", entry["type"], entry["msg"]
        pydantics = f"is not accepted: {message[0].lower()}{message[1:]}"
        stated = PATTERNS.get(context.get("pattern", "")) or REQUIREMENTS.get(kind, "").format(**context)
        fix = f"it {stated or pydantics}"
    names = (f"[{step}]" if isinstance(step, int) else f".{_show_key(step)}" for step in path)
    key = "".join(names).lstrip(".")
    return ConfigurationError(f"{key}: {problem}", f"{where}:{_find_line(tree, path)}", fix)


def _show_key(key: str) -> str:
    """A key as a message shows it."""
    return shorten(key, LONGEST_NAME) if PLAIN_KEY.fullmatch(key) else "…"


def _show_value(value: object, path: tuple[int | str, ...]) -> str:
    """A value as a message shows it: what kind of value it is, where it may be a secret or has values of its own."""
    if (isinstance(value, CONTAINERS) and value) or path[:1] == (UNREPEATED_KEY,):
        return KINDS.get(type(value), "another value")
    return shorten(repr(omit_user(value) if isinstance(value, str) else value), LONGEST_NAME)


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
