"""The picture of a shared page: what is drawn, that it is drawn the same again, and who is told of it."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from PIL import Image, ImageChops

from catalog.preview import FACTS_TOP, HEIGHT, NAME, WIDTH, counted, picture
from pipeline.workspace import Workspace
from tests.conftest import CHECKOUT
from tests.pipeline.test_story import FERRIES, PLAN, VILLAGE_PLAN, Life

SITE = "https://data.example.org/plans"
FACTS = (("version", "1.0.1"), ("published", "2026-03-02"), ("plans", "7"), ("areas", "31"), ("tasks", "1,204"))
PAPER = (0xFB, 0xFB, 0xF9)


def drawn(title: str, instead: str = "towns") -> Image.Image:
    return Image.open(io.BytesIO(picture(title, instead, FACTS))).convert("RGB")


def inked(image: Image.Image) -> tuple[int, int, int, int]:
    """The least box, right of the bar at the edge, that holds all that is not paper."""
    part = image.crop((24, 0, *image.size))
    box = ImageChops.difference(part, Image.new("RGB", part.size, PAPER)).getbbox()
    assert box is not None
    return box


@pytest.fixture
def life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Life:
    monkeypatch.setenv("POLICYTASKS_SITE", SITE)
    made = Life(Workspace(tmp_path))
    made.order()
    made.says("towns", PLAN)
    made.says("villages", VILLAGE_PLAN)
    made.run()
    return made


def shelf_of(life: Life) -> Path:
    return life.home.root / "data" / "published"


def test_another_process_draws_the_same_bytes() -> None:
    script = (
        "import hashlib; from catalog.preview import picture;"
        f"print(hashlib.sha256(picture('Plans of the towns', 'towns', {FACTS!r})).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=True
    )
    here = picture("Plans of the towns", "towns", FACTS)
    assert done.stdout.strip() == hashlib.sha256(here).hexdigest()
    assert here != picture("Plans of the town", "towns", FACTS)


@pytest.mark.parametrize(
    "title", ["环湖城镇重点任务", "Plans of many places 多地规划", "Förde", "a\u202eb", "", "\x00"]
)
def test_a_title_that_the_font_lacks_a_sign_of_gives_way_to_the_id(title: str) -> None:
    assert picture(title, "towns", FACTS) == picture("towns", "other", FACTS)


def test_a_dash_or_a_line_break_costs_no_title_its_place() -> None:
    assert picture("Chengdu–Chongqing\n plans", "towns", FACTS) == picture("Chengdu-Chongqing plans", "towns", FACTS)
    assert picture("“Plans” of the towns’…", "towns", FACTS) != picture("towns", "towns", FACTS)


@pytest.mark.parametrize("title", ["A plan of plans " * 60, "W" * 5000, "i" * 5000, f"x {'W' * 200}"])
def test_however_long_a_title_it_stays_in_its_place_and_is_cut(title: str) -> None:
    image, short = drawn(title), drawn("Towns")
    assert image.size == (WIDTH, HEIGHT) == (1200, 630)
    below = (0, FACTS_TOP - 30, WIDTH, HEIGHT)
    assert image.crop(below).tobytes() == short.crop(below).tobytes()
    assert inked(image)[2] <= WIDTH - 24 - 64
    assert picture(title, "towns", FACTS) == picture(title + title, "towns", FACTS)


def test_a_title_that_is_cut_is_seen_to_be_cut() -> None:
    cut = picture("W" * 5000, "towns", FACTS)
    assert cut in [picture(f"{'W' * most}…", "towns", FACTS) for most in range(48, 58)]


def test_numbers_are_summed_over_versions_and_one_is_no_many() -> None:
    entries: list[Any] = [
        {"published_at": "2026-03-02T00:00:00Z", "rows": {"documents": 1, "areas": 0, "tasks": 1200}},
        {"published_at": "2026-04-02T00:00:00Z", "rows": {"documents": 0, "areas": 2, "tasks": 34}},
    ]
    assert counted(entries) == [("published", "2026-04-02"), ("plan", "1"), ("areas", "2"), ("tasks", "1,234")]
    assert counted([]) == []


def test_pages_name_the_picture_of_their_dataset_in_full_with_its_size(life: Life) -> None:
    pages = sorted(shelf_of(life).rglob("*.html"))
    assert len(pages) > 15
    for path in pages:
        name = path.relative_to(shelf_of(life)).as_posix().removeprefix("zh/")
        page = html.fromstring(path.read_bytes())
        said = {one.get("property") or one.get("name"): one.get("content") for one in page.iter("meta")}
        shown = f"harbour/{NAME}" if name.startswith("harbour/") else NAME
        assert said["og:image"] == f"{SITE}/{shown}"
        assert said["twitter:card"] == "summary_large_image"
        with Image.open(shelf_of(life) / shown) as image:
            assert (image.format, str(image.width), str(image.height)) == (
                "PNG",
                said["og:image:width"],
                said["og:image:height"],
            )
        assert said["og:image:alt"] == ("Tasks of the harbour towns" if "harbour" in shown else said["og:title"])


def test_a_picture_is_drawn_again_only_where_what_it_tells_has_changed(life: Life) -> None:
    paths = [shelf_of(life) / name for name in (NAME, f"harbour/{NAME}")]
    before = [(path.stat().st_mtime_ns, path.read_bytes()) for path in paths]
    assert life.run().status == "unchanged"
    assert [(path.stat().st_mtime_ns, path.read_bytes()) for path in paths] == before
    life.next((("Sharing Ferries", (*FERRIES, "Paint the lighthouse in the colours of the towns.")), PLAN[1]))
    assert not [path for path, (_, content) in zip(paths, before, strict=True) if path.read_bytes() == content]


def test_without_an_address_no_picture_is_made_or_told_of_and_what_draws_is_not_loaded(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POLICYTASKS_SITE")
    script = (
        "import sys; from cli.main import main; main(sys.argv[1:]);"
        "import catalog.preview; print(sorted({'PIL', 'catalog.build'} & set(sys.modules)))"
    )
    arguments = ["publish", "--direct", "--offline", "--home", str(life.home.root)]
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "['catalog.build']"
    assert not list(shelf_of(life).rglob("*.png"))
    pages = list(shelf_of(life).rglob("*.html"))
    assert pages
    assert not [path for path in pages if b"og:image" in path.read_bytes() or b"twitter:card" in path.read_bytes()]
