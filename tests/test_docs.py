"""The generated pages of docs/ are what the code says, and what the code reads is in docs/."""

from __future__ import annotations

import re
import runpy
import shlex
import tomllib

import pytest

from cli.main import COMMANDS, main
from config.models import Dataset
from tests.conftest import CHECKOUT
from transform.schema import TABLES

CONTRIBUTING = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8")
DOCS = {path.name: path.read_text(encoding="utf-8") for path in (CHECKOUT / "docs").glob("*.md")}


PAGES = runpy.run_path(str(CHECKOUT / "docs" / "generate.py"))["PAGES"]


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_what_the_code_says(name: str) -> None:
    assert DOCS[name] == PAGES[name](), "run make docs"


def test_every_option_of_every_command_is_explained() -> None:
    page = DOCS["commands.md"]
    assert page.count("\n## ") == len(COMMANDS)
    assert "| `--language en\\|zh` | language of the text |" in page
    assert "    policytasks withdraw DATASET VERSION --reason TEXT [--home DIR]\n" in page
    assert "| `--port PORT` | port to listen on, 0 for any (default: 8000) |" in page
    assert not re.search(r"` \|\s*\|$", page, re.MULTILINE), "an argument without help"


def test_every_key_of_a_dataset_is_described_with_its_type_and_its_default() -> None:
    rows = re.findall(r"^\| `(\S+)` \| (.*?) \| (.*?) \| (.*?) \|$", DOCS["configuration.md"], re.MULTILINE)
    keys = {key: cells for key, *cells in rows}
    assert [key for key in keys if "." not in key] == list(Dataset.model_fields)
    assert not [key for key, (_, _, description) in keys.items() if not description.strip()]
    for key, type_, default in (
        ("id", "text", "**required**"),
        ("delay", "number, 0 to 3600", "`1.0`"),
        ("sources[].discover.pages", "whole number, 1 to 1000", "`5`"),
        ("identity[].is", "text", "none"),
        ("keywords", "list of text", "none"),
    ):
        assert keys[key][:2] == [type_, default]


def test_every_column_is_in_the_dictionary() -> None:
    for spec in TABLES.values():
        section = DOCS["data-dictionary.md"].partition(f"\n## {spec.name}\n")[2].partition("\n## ")[0]
        for column in spec.columns:
            assert column.name in section
            assert column.description in section


def test_every_environment_variable_is_documented() -> None:
    code = [*(CHECKOUT / "src").rglob("*.py"), *(CHECKOUT / "flows").rglob("*.py")]
    variables = {
        name for path in code for name in re.findall(r"\bPOLICYTASKS_[A-Z_]+\b", path.read_text(encoding="utf-8"))
    }
    assert len(variables) >= 6
    assert not {name for name in variables if not any(f"`{name}`" in text for text in DOCS.values())}


README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


def test_the_readme_is_short_and_its_links_lead_somewhere() -> None:
    assert len(README.splitlines()) < 200
    for name, text in {"../README.md": README, "../CONTRIBUTING.md": CONTRIBUTING, **DOCS}.items():
        folder = (CHECKOUT / "docs" / name).parent
        links = re.findall(r"\]\((?!https?:|#)([^)#]+)", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
        assert not [link for link in links if not (folder / link).exists()], name


def test_output_that_the_readme_quotes_is_real(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(CHECKOUT)
    blocks = re.findall(r"```console\n\$ \.venv/bin/policytasks ([^\n]+)\n(.*?)```", README, re.DOTALL)
    assert blocks
    for command, output in blocks:
        assert main(shlex.split(command)) == 0
        assert capsys.readouterr().out == output


def test_every_dependency_is_explained() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"].values()
    requirements = [*project["project"]["dependencies"], *(name for extra in extras for name in extra)]
    requirements += project["dependency-groups"]["dev"]
    names = {re.split(r"[<>=\[; ]", requirement)[0].lower() for requirement in requirements}
    rows = " ".join(
        line.split("|")[1] for line in DOCS["dependencies.md"].splitlines() if line.startswith("| ")
    ).lower()
    explained = set(re.findall(r"[a-z0-9][a-z0-9.-]*", rows))
    missing = {name for name in names if name not in explained and not name.startswith(("types-", "pandas-stubs"))}
    assert not missing
