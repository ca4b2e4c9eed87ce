from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from config.paths import locate_cache_folder

if TYPE_CHECKING:
    import pytest


def test_the_cache_folder_is_the_one_that_the_variable_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLICYTASKS_CACHE", str(tmp_path / "a" / "b"))
    assert locate_cache_folder() == tmp_path / "a" / "b"
    assert (tmp_path / "a" / "b").is_dir()


def test_a_cache_folder_that_cannot_be_made_is_replaced_by_a_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("POLICYTASKS_CACHE", str(tmp_path / "file" / "cache"))
    assert locate_cache_folder().parent == Path(tempfile.gettempdir())
