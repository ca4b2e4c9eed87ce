from __future__ import annotations

from pathlib import Path

import pytest

from collect.order_book import OrderBookError, dataset_ids, read_dataset
from tests.conftest import CHECKOUT, DATASET

GOOD = DATASET.format(url="https://example.org/plan")


def write(folder: Path, text: str) -> Path:
    (folder / "datasets").mkdir(exist_ok=True)
    (folder / "datasets" / "harbour.yaml").write_text(text, encoding="utf-8")
    return folder / "datasets"


def test_every_dataset_in_the_order_book_can_be_read() -> None:
    folder = CHECKOUT / "datasets"
    assert dataset_ids(folder)
    for dataset_id in dataset_ids(folder):
        assert read_dataset(folder, dataset_id).sources


def test_the_least_that_is_needed_is_enough(tmp_path: Path) -> None:
    dataset = read_dataset(write(tmp_path, GOOD), "harbour")
    assert (dataset.id, dataset.sources[0].url) == ("harbour", "https://example.org/plan")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("title:", "titel:"), "datasets/harbour.yaml:2: titel: unknown key; did you mean title?"),
        (GOOD.replace("licence: CC-BY-4.0\n", ""), "datasets/harbour.yaml:1: licence: is missing; add it"),
        (GOOD.replace("title: Tasks of the harbour towns", "title: 7"), "datasets/harbour.yaml:2: title: "),
        (GOOD.replace("    url:", "    adress:"), "datasets/harbour.yaml:6: sources[0].adress: unknown key"),
        (GOOD.replace("https://example.org/plan", "plan.html"), "datasets/harbour.yaml:6: sources[0].url: "),
        (GOOD.replace("https://", "ftp://"), "datasets/harbour.yaml:6: sources[0].url: "),
        (GOOD.replace("id: harbour\n", "id: harbor\n"), "make them the same"),
        (GOOD.replace("id: harbour-2021", "id: Harbour 2021"), "datasets/harbour.yaml:5: sources[0].id: "),
        (GOOD + "title: Another\n", "datasets/harbour.yaml:7: title: stands twice; keep one of them"),
        (GOOD + "sources: [\n", "datasets/harbour.yaml:8: is not YAML"),
        (
            GOOD + "schedule: {cron: '0 6 * * *', timezone: Asia/Atlantis}\n",
            "datasets/harbour.yaml:7: schedule.timezone: ",
        ),
        (GOOD + "schedule: {cron: 'daily'}\n", "datasets/harbour.yaml:7: schedule.cron: "),
        (GOOD + "  - id: harbour-2021\n    url: https://example.org/2\n", "give each an id of its own"),
        (GOOD.partition("sources")[0] + "sources: []\n", "datasets/harbour.yaml:4: sources: "),
        ("", "datasets/harbour.yaml:1: holds no dataset"),
        ("- a\n- b\n", "datasets/harbour.yaml:1: holds no dataset"),
        ("a: &x [*x]\n", "datasets/harbour.yaml"),
        ("when: 2021-99-99\n", "datasets/harbour.yaml"),
        ("? [a, b]\n: c\n", "datasets/harbour.yaml"),
    ],
)
def test_a_mistake_is_one_line_with_file_line_key_and_mend(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(OrderBookError) as caught:
        read_dataset(write(tmp_path, text), "harbour")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_dataset_is_answered_with_the_one_that_was_meant(tmp_path: Path) -> None:
    folder = write(tmp_path, GOOD)
    with pytest.raises(OrderBookError, match="did you mean harbour"):
        read_dataset(folder, "harbor")
    with pytest.raises(OrderBookError, match="no dataset is called"):
        read_dataset(folder, "../datasets/harbour")


def test_bytes_that_are_no_text_are_said_to_be_so(tmp_path: Path) -> None:
    folder = write(tmp_path, GOOD)
    (folder / "harbour.yaml").write_bytes(b"title: \xff\xfe")
    with pytest.raises(OrderBookError, match="is not UTF-8"):
        read_dataset(folder, "harbour")
