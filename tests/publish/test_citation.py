from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pybtex.database
import pytest
import yaml

from config.models import Contributor, Dataset
from publish.citation import to_bibtex, to_cff
from tests.publish.releases import DATASETS, IDS, PLAIN, files_of, metadata_of, write_files

CHECK = Path(sys.executable).parent / "check-jsonschema"
SCHEMA = "vendor.citation-file-format"


def check(path: Path) -> subprocess.CompletedProcess[str]:
    """Hold a file against the schema of the Citation File Format."""
    return subprocess.run([CHECK, "--builtin-schema", SCHEMA, path], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("dataset", DATASETS, ids=IDS)
def test_the_schema_of_the_format_accepts_the_cff(dataset: Dataset, tmp_path: Path) -> None:
    done = check(write_files(tmp_path, dataset) / "CITATION.cff")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("line", ["license: as we like", "date-released: 4 March", "type: cake", "authors: []"])
def test_the_schema_would_notice_a_mistake(tmp_path: Path, line: str) -> None:
    key = line.partition(":")[0]
    fields = {**yaml.safe_load(to_cff(metadata_of(PLAIN))), key: yaml.safe_load(line)[key]}
    (tmp_path / "CITATION.cff").write_text(yaml.safe_dump(fields), encoding="utf-8")
    assert check(tmp_path / "CITATION.cff").returncode == 1


@pytest.mark.parametrize("dataset", DATASETS, ids=IDS)
def test_every_text_comes_back_from_the_cff_as_it_was(dataset: Dataset) -> None:
    metadata = metadata_of(dataset)
    fields = yaml.safe_load(to_cff(metadata))
    assert fields["title"] == dataset.title
    assert {agent["name"] for agent in fields["authors"]} == {agent.title for agent in metadata.creators}
    assert (fields["version"], date.fromisoformat(fields["date-released"])) == ("1.0.0", metadata.created.date())
    assert fields["identifiers"][0]["value"] == f"sha256:{metadata.content_hash}"


@pytest.mark.parametrize("written", ["CC-BY-4.0", "cc-by-4.0", "ODC-BY-1.0", "OGL-UK-3.0", "none of these"])
def test_a_licence_of_whatever_spelling_leaves_the_cff_valid(tmp_path: Path, written: str) -> None:
    dataset = PLAIN.model_copy(update={"licence": written})
    assert check(write_files(tmp_path, dataset) / "CITATION.cff").returncode == 0


@pytest.mark.parametrize("dataset", DATASETS, ids=IDS)
def test_bibtex_is_one_entry_with_everything(dataset: Dataset) -> None:
    metadata = metadata_of(dataset)
    read = pybtex.database.parse_bytes(files_of(dataset)["CITATION.bib"], "bibtex").entries
    assert list(read) == [f"{dataset.id}-1.0.0"]
    (entry,) = read.values()
    assert entry.type == "misc"
    assert len(entry.persons["author"]) == len(metadata.creators)
    assert (entry.fields["year"], entry.fields["version"]) == ("2026", "1.0.0")
    assert metadata.content_hash in entry.fields["note"]


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("Plain", "Plain"),
        ("50 % of A & B", r"50 \% of A \& B"),
        ("a } b { c", r"a \textbraceright{} b \textbraceleft{} c"),
        ("C:\\x_y #1 $2", r"C:\textbackslash{}x\_y \#1 \$2"),
        ("~ and ^", r"\textasciitilde{} and \textasciicircum{}"),
        ("two\nlines\tand \x07", "two lines and"),
        ("“环湖”公路", "“环湖”公路"),
        ('say "no" @misc, then', 'say "no" @misc, then'),
    ],
)
def test_bibtex_prints_signs_that_it_would_act_on(title: str, written: str) -> None:
    metadata = metadata_of(PLAIN.model_copy(update={"title": title}))
    (entry,) = pybtex.database.parse_string(to_bibtex(metadata), "bibtex").entries.values()
    assert entry.fields["title"] == f"{{{written}}}"


def test_a_name_with_and_in_it_stays_one_author() -> None:
    metadata = metadata_of(
        PLAIN.model_copy(update={"contributors": (Contributor(title="Sand and Sons", roles=("author",)),)})
    )
    (entry,) = pybtex.database.parse_string(to_bibtex(metadata), "bibtex").entries.values()
    assert [str(person) for person in entry.persons["author"]] == ["{Sand and Sons}"]
