"""Annotated documents in, checked: each has its file and its truth, what a careful reader finds in it.

A document is a folder with `source.*`, `truth.json` and, if there is more to say, `meta.json`. Fields that are not
listed here are remarks of the annotator and are ignored. A mistake raises a TruthError before anything is measured.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config.errors import ConfigurationError
from config.text import propose_name, shorten

TRUTH, META, SOURCE = "truth.json", "meta.json", "source."
# Pydantic's kinds of error in plain words: what is wrong, and what to do.
MISTAKES = {
    "missing": ("is missing", "add it"),
    "string_type": ("is not text", 'write it in quotes, or null where there is "nothing"'),
    "string_too_short": ("is empty", "write what the document states"),
    "list_type": ("is not a list", "write it in [ ], also if it has one entry or none"),
    "tuple_type": ("is not a list", "write it in [ ], also if it has one entry or none"),
    "model_type": ("is not an object", "write it in { }"),
    "model_attributes_type": ("is not an object", "write it in { }"),
    "string_pattern_mismatch": ("is not a day", "write it as 2026-03-31, 2026-03 or 2026, as far as it is known"),
    "bool_type": ("is not true or false", "write it without quotes"),
}

Text = Annotated[str, Field(min_length=1)]
Model = TypeVar("Model", bound=BaseModel)


class TruthError(ConfigurationError):
    """A folder of annotated documents, or a file in it, that cannot be used as it is."""


class _Checked(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class TrueArea(_Checked):
    """A section that holds tasks."""

    title: Text = Field(description="its heading, without the label")
    label: str | None = Field(
        default=None, description="its label as written, such as `一、` or `Pillar 2`; null if it has none"
    )


class TrueTask(_Checked):
    """A task at the level that the document itself uses throughout."""

    title: Text = Field(
        description="its heading sentence, without the label; if the task is one sentence, that sentence without the "
        "brackets that state who is responsible"
    )
    label: str | None = Field(
        default=None, description="its label as written, such as `（一）` or `1.`; null if it has none"
    )
    area_label: str | None = Field(
        default=None,
        description="the label of its area, or the title of one without a label; null if the task is in no area, or in "
        "the only one without a label",
    )
    area_title: str | None = Field(
        default=None, description="the title of its area; needed if several areas have the same label"
    )
    lead_bodies: tuple[Text, ...] = Field(
        default=(), description="the bodies that lead it; all its bodies if the text does not tell them apart"
    )
    support_bodies: tuple[Text, ...] = Field(default=(), description="the bodies that support it")
    deadline: Text | None = Field(
        default=None, description="the words of its deadline; a target (“by 2025 half of all …”) is not a deadline"
    )


class Truth(_Checked):
    """What a careful reader finds in a document; without tasks if it is not a plan."""

    title: Text | None = Field(default=None, description="the whole title of the article")
    plan_title: Text | None = Field(
        default=None, description="the title of the plan, if the article announces one by name"
    )
    published_date: str | None = Field(
        default=None,
        pattern=r"^\d{4}(-\d\d(-\d\d)?)?$",
        description="the day, month or year on which it was published",
    )
    published_date_note: str | None = Field(
        default=None,
        description="where the date is from; with `URL` in it, the text does not state it and it is not scored",
    )
    areas: tuple[TrueArea, ...] = Field(default=(), description="the sections that hold tasks")
    tasks: tuple[TrueTask, ...] = Field(description="the tasks, in the order of the text; `[]` if there are none")

    def find_area(self, task: TrueTask) -> str | None:
        """The title of a task's area; None if it is in no area."""
        if task.area_title:
            return task.area_title
        if task.area_label:
            return next((each.title for each in self.areas if task.area_label in (each.label, each.title)), None)
        unlabelled = [each.title for each in self.areas if each.label is None]
        return unlabelled[0] if len(unlabelled) == 1 else None


class Meta(_Checked):
    """What is known about a document beside its truth."""

    soft: bool = Field(
        default=False,
        description="true if a careful reader could defend another reading: it is listed, but not in the totals",
    )


@dataclass(frozen=True, slots=True)
class AnnotatedDocument:
    """A document with its truth; `name` is that of its folder, `source` the path of its file."""

    name: str
    source: Path
    truth: Truth
    is_soft: bool


def read_documents(folder: Path, only: Collection[str] = (), soft: Collection[str] = ()) -> list[AnnotatedDocument]:
    """The annotated documents of a folder by name, or those named by `only`; those named by `soft` are soft too.

    A document with `meta.json` alone has no tasks. Raises TruthError at the first mistake.
    """
    try:
        names = sorted(path.name for path in folder.iterdir() if (path / TRUTH).exists() or (path / META).exists())
    except OSError as error:
        raise TruthError(f"cannot be read ({error.strerror})", str(folder), "name a folder") from error
    if not names:
        raise TruthError(f"holds no folder with a {TRUTH}", str(folder), "docs/evaluation.md says what it must hold")
    for name in (*only, *soft):
        if name not in names:
            raise TruthError(f"holds no document {name!r}", str(folder), propose_name(name, names, "see its folders"))
    return [_read_document(folder / name, is_soft=name in soft) for name in names if not only or name in only]


def _read_document(folder: Path, *, is_soft: bool) -> AnnotatedDocument:
    sources = sorted(path for path in folder.iterdir() if path.name.startswith(SOURCE))
    if len(sources) != 1:
        what = "has no file source.*" if not sources else f"has {len(sources)} files source.*"
        raise TruthError(what, str(folder), "keep one, such as source.html")
    truth = _read_file(folder / TRUTH, Truth) or Truth(tasks=())
    _check_areas(truth, folder / TRUTH)
    meta = _read_file(folder / META, Meta) or Meta()
    return AnnotatedDocument(folder.name, sources[0], truth, is_soft or meta.soft)


def _read_file(path: Path, model: type[Model]) -> Model | None:
    """The checked content of a file; None if there is no such file."""
    try:
        return model.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise TruthError(f"cannot be read ({error.strerror})", str(path), "check its permissions") from error
    except ValidationError as error:
        raise _explain(path, error) from error


def _explain(path: Path, error: ValidationError) -> TruthError:
    """The first mistake in a file: where, what, and what to do."""
    first = error.errors(include_url=False)[0]
    if first["type"] == "json_invalid":
        return TruthError(f"is not JSON ({first['ctx']['error']})", str(path), "correct it there")
    what, fix = MISTAKES.get(first["type"], (first["msg"], "docs/evaluation.md lists the fields"))
    field = _format_field(first["loc"])
    value = "" if first["type"] == "missing" or first["input"] == "" else f" ({shorten(_quote(first['input']), 60)})"
    return TruthError(f"{field}: {what}{value}" if field else what, str(path), fix)


def _format_field(location: Sequence[str | int]) -> str:
    """A field's place as it is written: `tasks[3].title`; entries count from 0."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).removeprefix(".")


def _quote(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _check_areas(truth: Truth, path: Path) -> None:
    """Raise TruthError if a task names an area that is not among the areas."""
    titles = {area.title for area in truth.areas}
    for number, task in enumerate(truth.tasks):
        name = task.area_title or task.area_label
        if name and truth.find_area(task) not in titles:
            field = "area_title" if task.area_title else "area_label"
            what = f"tasks[{number}].{field}: no area has it ({shorten(_quote(name), 60)})"
            raise TruthError(what, str(path), "write it as in areas, or add the area")
