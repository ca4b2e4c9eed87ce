"""The two settings, as people mistake them."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from publish.storage.backend import ShelfError
from publish.storage.disk import Disk
from publish.storage.location import open_storage, to_folder, to_site


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("s3:/bucket/x", "is not a path or a URL; write a path, or a URL such as s3://bucket/prefix"),
        ("s3:///bucket", "is not a path or a URL"),
        ("s3://", "names no bucket"),
        ("s4://bucket/x", "Protocol not known: s4"),
        ("gcs://bucket/x", "needs a package that is not here"),
        ("simplecache::s3://bucket/x", "is not a path or a URL"),
        ("~nobody-of-this-name/s", "names no user of this machine"),
        ("/" + "a" * 300, "cannot be a folder"),
        ("file://", "names no folder"),
        ("  ", "has blanks at its ends"),
        (" /tmp/x", "has blanks at its ends"),
        ("/tmp/a\nb", "invisible characters"),
        ("{0}", "is where raw/|datasets/ is kept"),
        ("{0}/data", "is where raw/ is kept"),
        ("{0}/data/raw/x", "is where raw/ is kept"),
        ("file://{0}/datasets", "is where datasets/ is kept"),
        ("s3://user:pw-secret@b/p", "credentials come from the environment"),
        ("s3://pw-secret@b/p", "credentials come from the environment"),
        ("s3:///user:pw-secret@b", "is not a path or a URL|credentials come from the environment"),
        ("ftp://user:pw-secret@b/p", "credentials come from the environment"),
    ],
)
def test_a_shelf_that_cannot_stand_there_is_one_line_without_secrets(
    tmp_path: Path, setting: str, message: str
) -> None:
    excluded = (tmp_path / "data" / "raw", tmp_path / "datasets")
    with pytest.raises(ShelfError, match=message) as caught:
        open_storage(setting.format(tmp_path), tmp_path / "x", excluded=excluded)
    assert len(str(caught.value).splitlines()) == 1
    assert "pw-secret@b/p" not in str(caught.value)


@pytest.mark.parametrize("setting", ["{0}/elsewhere", "file://{0}/elsewhere", None])
def test_a_path_or_nothing_is_a_folder(tmp_path: Path, setting: str | None) -> None:
    storage = open_storage(setting and setting.format(tmp_path), tmp_path / "elsewhere")
    assert storage == Disk(tmp_path / "elsewhere")


def test_a_dot_is_the_folder_one_is_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_storage(".", Path("x"), excluded=(tmp_path / "home" / "datasets",)) == Disk(tmp_path)
    with pytest.raises(ShelfError, match="name a folder of its own"):
        open_storage(".", Path("x"), excluded=(tmp_path / "datasets",))


@pytest.mark.parametrize("address", ["https://data.example.org/plans", "http://127.0.0.1:8000", None, ""])
def test_an_address_is_taken_as_it_is(address: str | None) -> None:
    assert to_site(address) == (address or None)


@pytest.mark.parametrize(
    "address",
    ["data.example.org", "ftp://x/y", "https://", "https://a b/c", "https://a/b\n", "javascript:x", "https://[x", "/x"],
)
def test_what_is_no_address_is_one_line(address: str) -> None:
    with pytest.raises(ShelfError, match="POLICYTASKS_SITE: is not an address; write it as https://"):
        to_site(address)


@pytest.mark.parametrize(
    "address",
    [
        "https://user:pw-secret@example.org/",
        "https://user:pa/pw-secret@example.org",
        "https:user:pw-secret@example.org",
        "https://pw-secret@example.org",
        "https://example.org?pw-secret",
        "https://[pw-secret",
    ],
)
def test_an_address_with_a_password_is_not_repeated(address: str) -> None:
    with pytest.raises(ShelfError, match=r"holds a user or a password|is not an address") as caught:
        to_site(address)
    assert "pw-secret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "setting",
    [
        "s3:/user:pw-secret@b/p",
        "s3:user:pw-secret@b/p",
        "s3:///user:pw-secret@b/p",
        "//user:pw-secret@b/p",
        "user:pw-secret@b",
        "file://user:pw-secret@b",
        "s3://b/p?key=pw-secret",
        "ftp://pw-secret@host/p",
        "gs://pw-secret@b/p",
        "https://pw-secret@host/p",
        "S3://pw-secret@b",
        "sftp://user:pa/pw-secret@host/p",
        "sftp://user@host/p?pw-secret",
        "s3://user:pw-secret@b /p",
    ],
)
def test_a_shelf_with_a_password_or_a_key_is_refused_and_not_repeated(setting: str) -> None:
    with pytest.raises(ShelfError, match="holds a user, a password or a key") as caught:
        to_folder(setting)
    assert "pw-secret" not in str(caught.value)


@pytest.mark.parametrize(
    "setting", ["sftp://anna@host:22/x@y", "abfs://container@account.example/x", "s3://bucket/x:y"]
)
def test_a_user_is_taken_where_it_is_no_secret(setting: str) -> None:
    assert to_folder(setting) is None


@pytest.mark.parametrize(
    "setting", ["/srv/anna@example/a:b", "file:///srv/anna@example/x", "anna@example/x", "/srv/a?b"]
)
def test_a_path_may_have_an_at_sign(setting: str) -> None:
    assert to_folder(setting) == Path(setting.removeprefix("file://")).absolute()


def test_links_in_a_circle_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(ShelfError, match="cannot be a folder"):
        open_storage(str(tmp_path / "loop"), tmp_path / "x")
