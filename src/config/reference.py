"""The keys of `datasets/<id>.yaml` as rows, and as a Markdown page: made from the models, so never out of date."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from config.models import build_json_schema

INTRODUCTION = """\
# Configuration

A dataset is configured by one file, `datasets/<id>.yaml`. The shortest possible file:

```yaml
# yaml-language-server: $schema=schema.json
id: harbour-towns
title: Tasks of the harbour towns
licence: CC-BY-4.0
sources:
  - id: harbour-2021
    url: https://www.harbourtimes.example/plan
```

The first line lets an editor complete and check the file while you write it. A mistake is reported with the file, the
line, the key and how to fix it. `sources[].url` means the key `url` of each entry of the list `sources`.

`make docs` generates this page from `src/config/models.py`.
"""
HEAD = "| key | type | default | description |\n| --- | --- | --- | --- |\n"
TYPES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}


@dataclass(frozen=True, slots=True)
class Key:
    """One key: `path` from the top of the file (`sources[].url`); `default` is None for a required key."""

    path: str
    type: str
    default: str | None
    description: str


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """The keys of one model, which is the value of the key `path`; `path` is empty for the file itself."""

    path: str
    description: str
    keys: tuple[Key, ...]


def describe_keys() -> list[KeyGroup]:
    """Every key of every model, grouped: the file's own keys first, then nested ones in the order of the models."""
    schema = build_json_schema()
    return list(_describe_groups("", schema, schema["$defs"]))


def render_keys() -> str:
    """The page as Markdown: one section per group of keys."""
    return "\n".join([INTRODUCTION, *map(_render_group, describe_keys())])


def _describe_groups(path: str, schema: Mapping[str, Any], models: Mapping[str, Any]) -> Iterator[KeyGroup]:
    """The group of a model at `path`, then those of the models that its keys hold."""
    required = schema.get("required", ())
    keys, nested = [], []
    for name, field in schema["properties"].items():
        key_path = f"{path}.{name}" if path else name
        default = None if name in required else _format_default(field.get("default"))
        description = field.get("description", "")
        keys.append(Key(key_path, _describe_type(field), default, description))
        if model := _find_model(field):
            nested.append((f"{key_path}[]" if field.get("type") == "array" else key_path, models[model]))
    yield KeyGroup(path, schema["description"], tuple(keys))
    for nested_path, model_schema in nested:
        yield from _describe_groups(nested_path, model_schema, models)


def _find_model(field: Mapping[str, Any]) -> str | None:
    """The name of the model that a key holds, alone, optional or in a list; None for a plain value."""
    options = (field, field.get("items", {}), *field.get("anyOf", ()))
    reference = next((option["$ref"] for option in options if "$ref" in option), None)
    return reference.rpartition("/")[2] if reference else None


def _describe_type(field: Mapping[str, Any]) -> str:
    """A key's type in words: `list of text`, `number, 0 to 1`, `one of: en, zh`."""
    if "anyOf" in field:
        return " or ".join(_describe_type(option) for option in field["anyOf"] if option.get("type") != "null")
    if "$ref" in field:
        return "keys"
    if "enum" in field:
        return f"one of: {', '.join(field['enum'])}"
    if field["type"] == "array":
        return f"list of {_describe_type(field['items'])}"
    if "minimum" in field:
        return f"{TYPES[field['type']]}, {field['minimum']:g} to {field['maximum']:g}"
    return "day" if field.get("format") == "date" else TYPES[field["type"]]


def _format_default(value: object) -> str:
    """A default as YAML writes it; nothing for what is simply left out."""
    if value in (None, [], ""):
        return "none"
    if isinstance(value, Mapping):
        return "as below"
    return f"`{json.dumps(value, ensure_ascii=False)}`" if not isinstance(value, str) else f"`{value}`"


def _render_group(group: KeyGroup) -> str:
    rows = "".join(
        f"| `{key.path}` | {key.type} | {key.default or '**required**'} | {key.description} |\n" for key in group.keys
    )
    title = f"`{group.path}`" if group.path else "The file"
    return f"## {title}\n\n{group.description}\n\n{HEAD}{rows}"
