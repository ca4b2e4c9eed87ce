from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from config.paths import locate_cache_folder, replace_file


def test_the_cache_folder_is_the_one_that_the_variable_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLICYTASKS_CACHE", str(tmp_path / "a" / "b"))
    assert locate_cache_folder() == tmp_path / "a" / "b"
    assert (tmp_path / "a" / "b").is_dir()


def test_a_cache_folder_to_which_everybody_may_write_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLICYTASKS_CACHE", str(tmp_path))
    tmp_path.chmod(0o777)
    assert locate_cache_folder() != tmp_path
    tmp_path.chmod(0o770)
    assert locate_cache_folder() == tmp_path


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


def test_of_two_writers_at_once_each_writes_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "o.warc"
    with replace_file(path) as first:
        first.write(b"first, ")
        first.flush()
        with replace_file(path) as second:
            second.write(b"second")
        assert path.read_bytes() == b"second"
        first.write(b"as a whole")
    assert path.read_bytes() == b"first, as a whole"
    assert [*tmp_path.iterdir()] == [path]


WRITER = """
import sys, time
from pathlib import Path
from config.paths import replace_file
with replace_file(Path(sys.argv[1])) as file:
    print("writing", flush=True)
    time.sleep(60)
"""


def test_what_a_killed_writer_left_is_removed_by_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "o.warc"
    with subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"writing\n"
        with replace_file(path) as file:
            file.write(b"whole")
        assert len([*tmp_path.iterdir()]) == 2, "the file of a writer that is alive stays"
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    (tmp_path / ".o.warc.partial").touch()  # as versions before this one named it
    with replace_file(path) as file:
        file.write(b"again")
    assert [*tmp_path.iterdir()] == [path]


def test_a_new_file_has_the_mode_that_files_have(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with replace_file(tmp_path / "a") as file:
            file.write(b"a")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_an_error_of_the_disk_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"a\.yaml") as caught, replace_file(tmp_path / "a.yaml"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert caught.value.filename == str(tmp_path / "a.yaml")
    with pytest.raises(FileNotFoundError) as caught, replace_file(tmp_path / "missing" / "a.yaml"):
        pass
    assert caught.value.filename == str(tmp_path / "missing" / "a.yaml")
    assert not [*tmp_path.iterdir()]
