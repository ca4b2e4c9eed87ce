"""The order book: `datasets/<id>.yaml` in, one checked `Dataset` out.

A mistake in a file is answered with one line that names the file, the line, the key and the mend, so that a
person who has never seen Python can put it right.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import available_timezones

import soupsieve
import yaml
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError, field_validator

LONGEST_ID = 80
ID_PATTERN = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"

Identifier = Annotated[str, Field(pattern=ID_PATTERN, max_length=LONGEST_ID)]


class OrderBookError(ValueError):
    """A dataset that is not in the order book, or a file of it that cannot be used; the message is one line."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Schedule(_Model):
    """When a dataset is published: a cron expression and the time zone that it is meant in."""

    cron: str = Field(pattern=r"^\S+( \S+){4}$", description="five cron fields, for example '0 6 * * *'")
    timezone: str = "UTC"

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"no time zone is called {value!r}; write one such as Asia/Shanghai")
        return value


class Source(_Model):
    """One page that announces a plan."""

    id: Identifier
    url: str = Field(description="the page's address, http or https")
    language: str | None = Field(default=None, pattern="^(en|zh)$")
    selector: str | None = Field(default=None, description="a CSS selector of the article, where the page is odd")
    tasks: str | None = Field(default=None, description="the label style that holds the tasks, as labels.py names it")

    @field_validator("selector")
    @classmethod
    def _selector(cls, value: str | None) -> str | None:
        try:
            soupsieve.compile(value or "*")
        except soupsieve.SelectorSyntaxError as error:
            raise ValueError(f"no CSS selector: {str(error).splitlines()[0]}") from None
        return value

    @field_validator("url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        HttpUrl(value)
        return value


class Acceptance(_Model):
    """A person's decision to publish although the named check does not hold; it is published with the release."""

    check: str
    reason: str = Field(min_length=10)


class Contributor(_Model):
    """Who stands behind a dataset, as the Data Package standard names it."""

    title: str
    roles: tuple[str, ...] = Field(default=(), strict=False)
    path: str | None = None


class Dataset(_Model):
    """What is published under one name: a title, a licence, a schedule and the sources it is made of."""

    id: Identifier
    title: str = Field(min_length=1)
    description: str = ""
    licence: str = Field(min_length=1, description="an SPDX identifier, for example CC-BY-4.0")
    homepage: str | None = None
    keywords: tuple[str, ...] = Field(default=(), strict=False)
    contributors: tuple[Contributor, ...] = Field(default=(), strict=False)
    schedule: Schedule | None = None
    accept: tuple[Acceptance, ...] = Field(default=(), strict=False)
    sources: tuple[Source, ...] = Field(min_length=1, strict=False)

    @field_validator("sources")
    @classmethod
    def _distinct(cls, value: tuple[Source, ...]) -> tuple[Source, ...]:
        ids = [source.id for source in value]
        twice = sorted({source_id for source_id in ids if ids.count(source_id) > 1})
        if twice:
            raise ValueError(f"two sources are called {twice[0]!r}; give each an id of its own")
        return value


def dataset_ids(folder: Path) -> list[str]:
    """The ids of all datasets in the folder, in alphabetical order."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def read_dataset(folder: Path, dataset_id: str) -> Dataset:
    """Read and check `<folder>/<dataset_id>.yaml`.

    Raises OrderBookError where there is no such dataset, or where the file is not as it has to be.
    """
    path = folder / f"{dataset_id}.yaml"
    if len(dataset_id) > LONGEST_ID or not re.match(ID_PATTERN, dataset_id) or not path.is_file():
        known = [name for name in dataset_ids(folder) if name != dataset_id]
        near = difflib.get_close_matches(dataset_id, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known) or 'none yet'}"
        raise OrderBookError(f"{folder.name}/: no dataset is called {dataset_id!r}; {hint}")
    where = f"{folder.name}/{path.name}"
    tree, document = _parse(path, where)
    try:
        dataset = Dataset.model_validate(document)
    except ValidationError as error:
        raise OrderBookError(_explain(error, tree, where)) from None
    if dataset.id != dataset_id:
        line = _line_of(tree, ("id",))
        raise OrderBookError(
            f"{where}:{line}: id: says {dataset.id!r}, but the file's name says {dataset_id!r}; make them the same"
        )
    return dataset


def _parse(path: Path, where: str) -> tuple[yaml.Node, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        document = yaml.safe_load(text)
    except UnicodeDecodeError as error:
        raise OrderBookError(f"{where}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise OrderBookError(f"{where}: cannot be read ({error.strerror}); check its permissions") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise OrderBookError(
            f"{where}:{line}: is not YAML ({error.problem}); mend the indentation or quotes there"
        ) from None
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise OrderBookError(
            f"{where}: is not YAML ({str(error).splitlines()[0]}); remove what cannot be read"
        ) from None
    if not isinstance(tree, yaml.MappingNode):
        raise OrderBookError(f"{where}:1: holds no dataset; write at least id, title, licence and sources")
    for key, line in _repeated_keys(tree):
        raise OrderBookError(f"{where}:{line}: {key}: stands twice; keep one of them")
    return tree, document


def _repeated_keys(tree: yaml.Node) -> Iterator[tuple[str, int]]:
    """The keys that stand twice in one mapping, with the line of the second; anchors may make the tree a ring."""
    seen_nodes, waiting = set(), [tree]
    while waiting:
        node = waiting.pop()
        if id(node) in seen_nodes:
            continue
        seen_nodes.add(id(node))
        if isinstance(node, yaml.MappingNode):
            seen_keys = set()
            for key, value in node.value:
                if str(key.value) in seen_keys:
                    yield str(key.value), key.start_mark.line + 1
                seen_keys.add(str(key.value))
                waiting.append(value)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)


def _line_of(node: yaml.Node, path: tuple[int | str, ...]) -> int:
    """The line, from 1, of the deepest part of the path that is there."""
    line = node.start_mark.line + 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == step), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line


def _explain(error: ValidationError, tree: yaml.Node, where: str) -> str:
    # A misspelled key is also a missing one; the misspelling is the mistake.
    first = min(error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden")
    path = first["loc"]
    key = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    kind, context = first["type"], first.get("ctx", {})
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(str(path[-1]), _keys_beside(path), n=1, cutoff=0.5)
        mend = (
            f"unknown key; did you mean {near[0]}?"
            if near
            else f"unknown key; known are {', '.join(_keys_beside(path))}"
        )
    elif kind == "missing":
        mend = "is missing; add it"
    elif kind == "value_error":
        cause = context.get("error")
        said = cause.errors()[0]["msg"] if isinstance(cause, ValidationError) else str(cause)
        mend = f"{said} (here: {first['input']!r})" if isinstance(cause, ValidationError) else said
    else:
        wanted = f"{first['msg'][0].lower()}{first['msg'][1:]}"
        mend = f"{wanted}; here stands {_short(first['input'])}"
    return f"{where}:{_line_of(tree, path)}: {key}: {mend}"


def _keys_beside(path: tuple[int | str, ...]) -> list[str]:
    """The keys that the model has at the place where an unknown one was found."""
    models: dict[str, type[_Model]] = {
        "schedule": Schedule,
        "sources": Source,
        "accept": Acceptance,
        "contributors": Contributor,
    }
    parents = [step for step in path[:-1] if isinstance(step, str)]
    return list((models[parents[-1]] if parents else Dataset).model_fields)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
