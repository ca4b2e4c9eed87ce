"""The order book: `datasets/<id>.yaml` in, one checked `Dataset` out.

A mistake in a file is answered with one line that names the file, the line, the key and the mend, so that a
person who has never seen Python can put it right.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Set
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from config.errors import ConfigurationError
from config.models import (
    ID_PATTERN,
    LONGEST_ID,
    Acceptance,
    Alias,
    Contributor,
    Correction,
    Dataset,
    Discovery,
    IdentityRule,
    Limits,
    Recipient,
    Schedule,
    Source,
)

# What the library says in Python's words, in those of people.
# The parser in C, where it is there, reads ten thousand sources in a tenth of the time; what nests deeper than this, in
# brackets or at the beginning of a line, might take it beyond its stack.
FAST_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DEEPEST_NESTING = 400
BRACKET, DEEP_LINE = re.compile(r"[\[{\]}]"), re.compile(rf"^[-?: ]{{{DEEPEST_NESTING}}}", re.MULTILINE)
# Whatever could be an id.
ID_LIKE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MESSAGES = {
    "too_short": "needs at least one entry",
    "tuple_type": "has to be a list",
    "model_type": "has to hold keys of its own",
    "string_type": "has to be text, in quotes where it looks like something else",
    "int_type": "has to be a whole number",
    "float_type": "has to be a number",
    "greater_than_equal": "has to be {ge:g} or more",
    "less_than_equal": "has to be {le:g} or less",
    "string_too_short": "has to be at least {min_length} letters long",
    "string_too_long": "has to be at most {max_length} letters long",
}


def list_dataset_ids(folder: Path) -> list[str]:
    """The ids of all datasets in the folder, in alphabetical order."""
    return sorted(path.stem for path in folder.glob("*.yaml") if not path.name.startswith("."))


def may_mention(folder: Path, dataset_id: str, ids: Set[str]) -> bool:
    """Whether a dataset's file has one of these ids in it, as whatever: told without reading it as YAML."""
    try:
        text = (folder / f"{dataset_id}.yaml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False  # it is told when that dataset's turn comes
    return not ids.isdisjoint(ID_LIKE.findall(text))


def read_dataset(folder: Path, dataset_id: str) -> Dataset:
    """Read and check `<folder>/<dataset_id>.yaml`.

    Raises ConfigurationError where there is no such dataset, or where the file is not as it has to be.
    """
    path = folder / f"{dataset_id}.yaml"
    if len(dataset_id) > LONGEST_ID or not re.match(ID_PATTERN, dataset_id) or not path.is_file():
        other_ids = [name for name in list_dataset_ids(folder) if name != dataset_id]
        similar_ids = difflib.get_close_matches(dataset_id, other_ids, n=1)
        hint = f"did you mean {similar_ids[0]}?" if similar_ids else f"there are: {', '.join(other_ids) or 'none yet'}"
        raise ConfigurationError(f"{folder.name}/: no dataset is called {dataset_id!r}; {hint}")
    where = f"{folder.name}/{path.name}"
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{where}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise ConfigurationError(f"{where}: cannot be read ({error.strerror}); check its permissions") from None
    return parse_dataset(text, dataset_id, where)


@lru_cache(maxsize=8)
def parse_dataset(text: str, dataset_id: str, where: str) -> Dataset:
    """Check the text of a dataset's file, `where` people know it. Raises ConfigurationError."""
    tree, document = _parse(text, where)
    try:
        dataset = Dataset.model_validate(document)
    except ValidationError as error:
        raise ConfigurationError(_explain(error, tree, where)) from None
    if dataset.id != dataset_id:
        line = _line_of(tree, ("id",))
        raise ConfigurationError(
            f"{where}:{line}: id: says {dataset.id!r}, but the file's name says {dataset_id!r}; make them the same"
        )
    return dataset


def _parse(text: str, where: str) -> tuple[yaml.Node, dict[str, Any]]:
    try:
        loader = (yaml.SafeLoader if _is_deeply_nested(text) else FAST_LOADER)(text)
        tree = loader.get_single_node()
        document: Any = loader.construct_document(tree) if tree else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(
            f"{where}:{line}: is not YAML ({error.problem}); mend the indentation or quotes there"
        ) from None
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ConfigurationError(
            f"{where}: is not YAML ({str(error).splitlines()[0]}); remove what cannot be read"
        ) from None
    if not isinstance(tree, yaml.MappingNode):
        raise ConfigurationError(f"{where}:1: holds no dataset; write at least id, title, licence and sources")
    for key, line in _find_repeated_keys(tree):
        raise ConfigurationError(f"{where}:{line}: {key}: stands twice; keep one of them")
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
    """The keys that stand twice in one mapping, with the line of the second; anchors may make the tree a ring."""
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


def _line_of(node: yaml.Node, path: tuple[int | str, ...]) -> int:
    """The line, from 1, of the deepest part of the path that is there."""
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


def _explain(error: ValidationError, tree: yaml.Node, where: str) -> str:
    # A misspelled key is also a missing one; the misspelling is the mistake.
    first = min(error.errors(include_url=False), key=lambda entry: entry["type"] != "extra_forbidden")
    path = first["loc"]
    key = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    kind, context = first["type"], first.get("ctx", {})
    if kind == "extra_forbidden":
        similar_keys = difflib.get_close_matches(str(path[-1]), _list_known_keys(path), n=1, cutoff=0.5)
        problem = (
            f"unknown key; did you mean {similar_keys[0]}?"
            if similar_keys
            else f"unknown key; known are {', '.join(_list_known_keys(path))}"
        )
    elif kind == "missing":
        problem = "is missing; add it"
    elif kind == "value_error":
        cause = context.get("error")
        message = cause.errors()[0]["msg"] if isinstance(cause, ValidationError) else str(cause)
        problem = f"{message} (here: {first['input']!r})" if isinstance(cause, ValidationError) else message
    else:
        template = MESSAGES.get(kind)
        requirement = template.format(**context) if template else f"{first['msg'][0].lower()}{first['msg'][1:]}"
        problem = f"{requirement}; here stands {_shorten(first['input'])}"
    return f"{where}:{_line_of(tree, path)}: {key}: {problem}"


def _list_known_keys(path: tuple[int | str, ...]) -> list[str]:
    """The keys that the model has at the place where an unknown one was found."""
    models: dict[str, type[BaseModel]] = {
        "schedule": Schedule,
        "discover": Discovery,
        "sources": Source,
        "accept": Acceptance,
        "contributors": Contributor,
        "identity": IdentityRule,
        "corrections": Correction,
        "aliases": Alias,
        "limits": Limits,
        "notify": Recipient,
    }
    parents = [step for step in path[:-1] if isinstance(step, str)]
    fields = (models[parents[-1]] if parents else Dataset).model_fields
    return [field.alias or name for name, field in fields.items()]


def _shorten(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
