"""Writes the pages of docs/ that are made from the code: commands, configuration keys, tables, annotated documents.

`make docs` runs it; a test holds each page to what is rendered here.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from cli.main import PROGRAM, build_parser
from config.models import build_json_schema
from pipeline.evaluate.truth import Meta, Truth
from transform.schema import SCHEMA_VERSION, TABLES, Column, TableSpec

DOCS = Path(__file__).parent

COMMANDS = """\
# Commands

`make docs` generates this page from the commands themselves. In a checkout the program is `.venv/bin/policytasks`.

Every command takes `--help`, and `--debug`, which shows the traceback of an error; `--debug` may also stand before the
command. `--home DIR` names the workspace, the folder with `datasets/` and `data/`; without it, it is the current folder
or the nearest one above. An error is one line on standard error that says where, what, and what to do.

| exit status | means |
| --- | --- |
| 0 | done, also if nothing changed |
| 1 | a source failed, a check did not hold, or something could not be done |
| 2 | wrong usage or configuration; nothing was done |
| 130 | interrupted; what was archived or published stays, and the same command continues |

If no source at all could be reached, this machine is without network, which is no failure of a source: the exit status
is 0, unless a source is `stale` by its schedule.
"""

CONFIGURATION = """\
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
KEYS_HEAD = "| key | type | default | description |\n| --- | --- | --- | --- |\n"
TYPES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}

DICTIONARY = f"""\
# Data dictionary

The tables and columns of every release, schema version {SCHEMA_VERSION}. Key columns are in **bold**. Columns marked
*compared* are compared with the previous version and decide its number; the others say where and when something was
found, or follow from other columns.

`make docs` generates this page from `src/transform/schema.py`.
"""
COLUMNS_HEAD = """\
| column | type | may be empty | compared | description | example |
| --- | --- | --- | --- | --- | --- |
"""

EVALUATION = """\
# How well documents are read

`policytasks evaluate FOLDER` reads documents whose right reading a person has written down, and prints how much of it
was found. Use it to measure the reader on documents of your own, and before and after a change of its rules:

```console
$ policytasks evaluate my-documents --json > before.json
$ policytasks evaluate my-documents --compare before.json
```

The documents are read by the same worker processes as the captures of a run, within the same limits. The exit status
is 1 if a document could not be read, and 2 if a file of the folder has a mistake; nothing is measured then.

`make docs` generates this page from `src/pipeline/evaluate/`.

## The folder

One folder for each document. It holds

- `source.*`, the document as it was found, in its own encoding; the name's ending tells its kind (`source.html`,
  `.pdf`, `.docx`, `.md`, `.txt`);
- `truth.json`, what a careful reader finds in it;
- `meta.json`, if there is more to say of it. A document with `meta.json` alone is a text without tasks.

A short example is `tests/fixtures/annotated/`. Fields that are not listed below are remarks of yours and are ignored.
Annotate texts without a plan too, such as laws, news and lists of questions: that nothing is found there matters as
much.

## How to annotate

- **Which level is a task**: the smallest unit with a label, a heading or a row of a table that is a distinct thing to
  be done, at the level that the document itself uses throughout. A number that the document states decides ("36 tasks
  in nine areas"). Bullets are tasks if nothing is labelled and each is a distinct action.
- What only elaborates a task with a title (steps, milestones, indicators) is not a task. A section of the same rank as
  the areas, without items inside, is a task itself.
- Sections without tasks (principles, goals, definitions, achievements) are not areas.
- Write titles and names as they stand in the text. Letter case, spaces, punctuation and the forms of full-width
  characters do not matter.
- Bodies that the text names only in general ("other departments concerned", 等部门) are left out.
- Do not look at what the reader finds before you have written down what you find.
"""
CHOICE = """\
## How the tasks are chosen

`src/extract/choice.py` proposes, scores and chooses. Every line, list item and cell is a unit; sets of units are
readings, and that nothing is a task is a reading too. Weights in `src/extract/weights.json` give the probability that a
unit is a task, and the score of each reading; the best reading is chosen, under the counts that the document states. A
unit is judged twice: first by its words and its place, then also by what the first judgement says of the units around
it, because a document marks all its tasks alike. The confidence is the probability that a reading is right as a whole;
it is calibrated on documents that were left out, and so is the confidence below which a reading is called uncertain.
`policytasks extract FILE --explain` shows the next best reading, and what it leaves out and adds.

The weights are fitted: no row of the lexicon decides alone. To teach the reader a new kind of document, put annotated
ones into `training/documents/`, or into a folder of your own, and run

```console
$ make weights FOLDERS="training/documents my-documents"
```

It prints what is read better and worse than with the weights before. Each document is judged by weights that were
fitted without its publisher's documents, so the figures below are of documents that were not seen:

"""
FIGURES = """\
## The figures

A title counts as found if it equals the true one, if one of them begins with the other, or if they are 90 % alike; or
if the text of the task begins with the true title. F1 is the harmonic mean of precision and recall over all documents.

| figure | |
| --- | --- |
| `documents` | number of documents with tasks; soft ones are left out |
| `task_f1`, `task_precision`, `task_recall` | tasks found, over all documents |
| `placed` | share of the tasks found that were found in their area |
| `area_f1` | areas found |
| `macro_f1` | mean of the F1 of the tasks of each document: a long plan weighs no more than a short one |
| `whole_documents` | share of documents with exactly their tasks, each in its area |
| `held` | share of all documents, those without tasks too, that wait for a person: their confidence is below `--sure` |
| `silent` | share of all documents that are wrong and do not wait for a person |
| `bodies_f1`, `leads_f1` | bodies of the tasks found; which of them lead, where the text tells them apart |
| `deadline_f1` | deadlines of the tasks found |
| `titles` | share of documents whose title, or whose plan's title, was read whole |
| `dates` | share of documents whose date of publication was read, where it is known |
| `negatives`, `negatives_clean` | number of texts without tasks; number of those in which none was found |
| `failures` | number of documents that could not be read |
| `calibration` | for each band of confidence: its mean, and how many documents of how many are right |
"""


def write_pages() -> None:
    """Write the pages that differ from what the code says, and print their names."""
    for name, render in PAGES.items():
        path, text = DOCS / name, render()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote docs/{name}")


def render_commands() -> str:
    """Every command with its arguments and options, in the order of `--help`."""
    parsers = _list_commands(build_parser())
    return "\n".join([COMMANDS, *(_render_command(name, parser) for name, parser in parsers.items())])


def _list_commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    (commands,) = (action for action in _list_actions(parser) if isinstance(action.choices, dict))
    return dict(commands.choices or {})


def _list_actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return parser._actions  # noqa: SLF001 (argparse has no other way to list them)


def _render_command(name: str, parser: argparse.ArgumentParser) -> str:
    actions = [action for action in _list_actions(parser) if action.dest not in {"help", "debug"}]
    usage = " ".join([PROGRAM, name, *map(_render_usage, actions)])
    lines = [f"## {name}", "", parser.description or "", "", f"    {usage}", ""]
    rows = [f"| `{_render_name(action)}` | {_render_help(action)} |" for action in actions if action.dest != "home"]
    return "\n".join([*lines, *(["| argument | |", "| --- | --- |", *rows, ""] if rows else [])])


def _render_name(action: argparse.Action) -> str:
    """An argument as it is written in a table, where `|` has to be escaped."""
    value = action.metavar if isinstance(action.metavar, str) else "|".join(map(str, action.choices or ()))
    return " ".join([*action.option_strings[-1:], *([] if action.nargs == 0 else [value.replace("|", "\\|")])])


def _render_usage(action: argparse.Action) -> str:
    name = _render_name(action).replace("\\|", "|")
    if action.nargs == "*":
        return f"[{name}…]"
    is_required = action.required if action.option_strings else action.nargs != "?"
    return name if is_required else f"[{name}]"


def _render_help(action: argparse.Action) -> str:
    text = (action.help or "") % {"default": action.default}
    return f"{text}; required" if action.option_strings and action.required else text


def render_keys() -> str:
    """The keys of a dataset's file: the file's own keys first, then nested ones in the order of the models."""
    schema = build_json_schema()
    return "\n".join([CONFIGURATION, *_render_model("", schema, schema["$defs"])])


def _render_model(path: str, schema: Mapping[str, Any], models: Mapping[str, Any]) -> Iterator[str]:
    """The section of the model at `path`, which is empty for the file itself, then those of models in its keys."""
    required, rows, nested = schema.get("required", ()), [], []
    for name, field in schema["properties"].items():
        key = f"{path}.{name}" if path else name
        default = "**required**" if name in required else _format_default(field.get("default"))
        rows.append(f"| `{key}` | {_describe_type(field)} | {default} | {field.get('description', '')} |\n")
        if model := _find_model(field):
            nested.append((f"{key}[]" if field.get("type") == "array" else key, models[model]))
    title = f"`{path}`" if path else "The file"
    yield f"## {title}\n\n{schema['description']}\n\n{KEYS_HEAD}{''.join(rows)}"
    for nested_path, model_schema in nested:
        yield from _render_model(nested_path, model_schema, models)


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


def render_dictionary() -> str:
    """The page as Markdown: one section per table, in the order of the schema."""
    return "\n".join([DICTIONARY, *map(_render_table, TABLES.values())])


def _render_table(spec: TableSpec) -> str:
    rows = "".join(_render_column(spec, column) for column in spec.columns)
    return f"## {spec.name}\n\n{spec.description}\n\n{COLUMNS_HEAD}{rows}"


def _render_column(spec: TableSpec, column: Column) -> str:
    sentences = [
        column.description,
        *([f"One of: {', '.join(column.enum)}."] if column.enum else []),
        *([f"Refers to [{column.refers_to}](#{column.refers_to})."] if column.refers_to else []),
    ]
    cells = (
        f"**{column.name}**" if column.name in spec.key else column.name,
        column.type,
        "yes" if column.nullable else "no",
        "yes" if spec.compared and column.compared else "no",
        " ".join(sentences).replace("|", r"\|"),
        f"`{column.example}`",
    )
    return f"| {' | '.join(cells)} |\n"


def render_evaluation() -> str:
    """How to annotate documents: the fields of the files of truth, and the figures that are measured."""
    truth, meta = Truth.model_json_schema(), Meta.model_json_schema()
    models = truth["$defs"]
    sections = {
        "`truth.json`": truth,
        "An area": models["TrueArea"],
        "A task": models["TrueTask"],
        "`meta.json`": meta,
    }
    fields = (_render_fields(title, model) for title, model in sections.items())
    return "\n".join([EVALUATION, *fields, FIGURES, CHOICE + _render_weights()])


def _render_weights() -> str:
    """What the weights are worth on documents that were left out: the figures and the bands of confidence."""
    about = json.loads(files("extract").joinpath("weights.json").read_text("utf-8"))["about"]
    rows = [f"| `{name}` | {value:g} |\n" for name, value in about["figures"].items()]
    bands = [f"| {claimed:.2f} | {right:.2f} | {count} |\n" for claimed, right, count in about["bands"]]
    return (
        f"| figure, {len(about['documents'])} documents, {about['fitted_on']} | |\n| --- | --- |\n{''.join(rows)}\n"
        f"| confidence | share that is right as a whole | documents |\n| --- | --- | --- |\n{''.join(bands)}"
    )


def _render_fields(title: str, model: Mapping[str, Any]) -> str:
    rows = [
        f"| {f'**{name}**' if name in model.get('required', ()) else name} | {field['description']} |\n"
        for name, field in model["properties"].items()
    ]
    return f"### {title}\n\n{model['description']}\n\n| field | |\n| --- | --- |\n{''.join(rows)}"


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": render_commands,
    "configuration.md": render_keys,
    "data-dictionary.md": render_dictionary,
    "evaluation.md": render_evaluation,
}

if __name__ == "__main__":
    write_pages()
