r"""How a release is cited: the facts about it in; `CITATION.cff`, `CITATION.bib`, or one line for people out.

Each names the version and the hash of its content, so that a citation leads to exactly these rows. Titles are free
text. A character that a format gives a meaning is written so that it has none: YAML quotes it, and BibTeX, which counts
braces even after a backslash, gets the command that prints it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from config.models import Contributor
from publish.metadata import ReleaseMetadata, omit_empty, to_one_line, to_web_address

CONTENT_HASH = "SHA-256 of the content of the tables"
LATEX_COMMANDS = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{character: f"\\{character}" for character in "&%$#_"},
    }
)


def to_cff(metadata: ReleaseMetadata) -> str:
    """The text of `CITATION.cff`, in the Citation File Format 1.2.0."""
    dataset, licence = metadata.dataset, metadata.licence
    return yaml.safe_dump(
        omit_empty(
            {
                "cff-version": "1.2.0",
                "message": "If you use these data, please cite this version of them.",
                "type": "dataset",
                "title": dataset.title,
                "abstract": dataset.description or None,
                "authors": _drop_repeated([_describe_entity(creator) for creator in metadata.creators]),
                "version": metadata.version,
                "date-released": metadata.created.date().isoformat(),
                "license": licence.identifier if licence.listed else None,
                "license-url": None if licence.listed else licence.url,
                "url": metadata.homepage,
                "keywords": _drop_repeated([word for word in dataset.keywords if word]),
                "identifiers": [
                    {"type": "other", "value": f"sha256:{metadata.content_hash}", "description": CONTENT_HASH},
                ],
            }
        ),
        allow_unicode=True,
        sort_keys=False,
        width=1000,
    )


def to_bibtex(metadata: ReleaseMetadata) -> str:
    """The text of `CITATION.bib`: one entry of the type @misc, which every style knows."""
    created = metadata.created
    note = f"Version {metadata.version}, {metadata.licence.identifier}, sha256:{metadata.content_hash}"
    fields = omit_empty(
        {
            # Braces keep a name whole: its parts are not known.
            "author": " and ".join(f"{{{_to_latex(creator.title)}}}" for creator in metadata.creators),
            "title": f"{{{_to_latex(metadata.dataset.title)}}}",
            "year": str(created.year),
            "date": created.date().isoformat(),
            "version": metadata.version,
            "howpublished": "Data set",
            "note": _to_latex(note),
            "url": metadata.homepage,
        }
    )
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items()]
    return "\n".join([f"@misc{{{metadata.dataset.id}-{metadata.version},", *lines, "}"]) + "\n"


def _describe_entity(contributor: Contributor) -> dict[str, Any]:
    return omit_empty({"name": contributor.title, "website": to_web_address(contributor.path)})


def _drop_repeated(values: Sequence[Any]) -> list[Any]:
    return [value for index, value in enumerate(values) if value not in values[:index]]


def _to_latex(text: str) -> str:
    return to_one_line(text).translate(LATEX_COMMANDS)
