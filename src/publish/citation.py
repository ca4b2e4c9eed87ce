r"""How a release is cited: as `CITATION.cff`, as `CITATION.bib`, and as one line for people.

Each names the version and the hash of its content, so that a citation leads to these very rows. Titles are free text,
and what a format gives a meaning of its own is written so that it has none: YAML quotes, and in BibTeX, which counts
braces even behind a backslash, each such sign becomes the command that prints it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from config.models import Contributor
from publish.about import About, one_line, stated, web_address

MESSAGE = "If you use these data, please cite this version of them."
CONTENT_HASH = "SHA-256 of the content of the tables"
IN_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{sign: f"\\{sign}" for sign in "&%$#_"},
    }
)


def cff(about: About) -> str:
    """The text of `CITATION.cff`, after the Citation File Format 1.2.0."""
    dataset, licence = about.dataset, about.licence
    return yaml.safe_dump(
        stated(
            {
                "cff-version": "1.2.0",
                "message": MESSAGE,
                "type": "dataset",
                "title": dataset.title,
                "abstract": dataset.description or None,
                "authors": _distinct([_entity(one) for one in about.creators]),
                "version": about.version,
                "date-released": about.created.date().isoformat(),
                "license": licence.identifier if licence.listed else None,
                "license-url": None if licence.listed else licence.url,
                "url": about.homepage,
                "keywords": _distinct([word for word in dataset.keywords if word]) or None,
                "identifiers": [
                    {"type": "other", "value": f"sha256:{about.content_hash}", "description": CONTENT_HASH},
                ],
            }
        ),
        allow_unicode=True,
        sort_keys=False,
        width=1000,
    )


def bibtex(about: About) -> str:
    """The text of `CITATION.bib`: one entry of the type @misc, which every style knows."""
    created = about.created
    note = f"Version {about.version}, {about.licence.identifier}, sha256:{about.content_hash}"
    fields = stated(
        {
            # Braces of their own keep a name whole: what it is made of is not known.
            "author": " and ".join(f"{{{_in_latex(one.title)}}}" for one in about.creators),
            "title": f"{{{_in_latex(about.dataset.title)}}}",
            "year": str(created.year),
            "date": created.date().isoformat(),
            "version": about.version,
            "howpublished": "Data set",
            "note": _in_latex(note),
            "url": about.homepage,
        }
    )
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items()]
    return "\n".join([f"@misc{{{about.dataset.id}-{about.version},", *lines, "}"]) + "\n"


def citation(about: About) -> str:
    """One line that cites the release, as plain text."""
    names = "; ".join(one.title for one in about.creators)
    parts = (
        f"{names} ({about.created.year}): {about.dataset.title}",
        f"Version {about.version}",
        about.licence.identifier,
        about.homepage,
        f"sha256:{about.content_hash}",
    )
    return one_line(". ".join(part for part in parts if part))


def _entity(contributor: Contributor) -> dict[str, Any]:
    return stated({"name": contributor.title, "website": web_address(contributor.path)})


def _distinct(values: Sequence[Any]) -> list[Any]:
    return [value for place, value in enumerate(values) if value not in values[:place]]


def _in_latex(text: str) -> str:
    return one_line(text).translate(IN_LATEX)
