from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from config.paths import locate_cache_folder


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


@pytest.mark.parametrize("kind", ["link", "open to others", "file"])
def test_a_temporary_folder_that_another_user_may_have_made_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("POLICYTASKS_CACHE", "/dev/null/cache")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    own = locate_cache_folder()
    assert own == tmp_path / f"policytasks-{os.getuid()}"
    own.rmdir()
    if kind == "link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        own.symlink_to(tmp_path / "elsewhere")
    elif kind == "file":
        own.touch()
    else:
        own.mkdir()
        own.chmod(0o777)
    another = locate_cache_folder()
    assert another.name.startswith("policytasks-cache-")
    assert another == locate_cache_folder()
    assert another.stat().st_mode & 0o077 == 0
