"""What stands around a unit, as the second judgement sees it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from extract.context import NAMES, NONE, describe_context
from extract.labels import Label
from extract.readings import Outline
from extract.units import Unit


def make_unit(style: str, parent: int | None = None) -> Unit:
    return Unit(0, style, Label("", 0, "", 0), 0 if parent is None else 1, parent, "words")


@pytest.fixture
def described() -> dict[str, np.ndarray]:
    """Two sections with two bullets each; the first judgement likes those of the first section."""
    units = [make_unit("heading"), make_unit("bullet", 0), make_unit("bullet", 0)]
    units += [make_unit("heading"), make_unit("bullet", 3), make_unit("bullet", 3)]
    outline = Outline(units, [0] * 6, np.array([0.1, 0.9, 0.7, 0.2, 0.4, 0.2]))
    matrix = describe_context(outline)
    assert matrix.shape == (6, len(NAMES))
    return dict(zip(NAMES, matrix.T, strict=True))


def test_a_unit_knows_its_siblings_and_those_of_like_sections(described: dict[str, np.ndarray]) -> None:
    assert described["likely_in_group"][[1, 4]] == pytest.approx([0.8, 0.3])
    assert described["likely_in_cousins"][[1, 4]] == pytest.approx([0.3, 0.8])
    assert described["best_cousins"][[1, 4]] == pytest.approx([0.8, 0.8])
    assert described["cousins_before"][[1, 4]] == pytest.approx([NONE, 0.8])
    assert described["cousins_after"][[1, 4]] == pytest.approx([0.3, NONE])
    assert described["sibling_before"][[1, 2]] == pytest.approx([NONE, 0.9])


def test_a_unit_knows_what_is_above_and_below_it(described: dict[str, np.ndarray]) -> None:
    assert described["likely_above"][[0, 1, 4]] == pytest.approx([NONE, 0.1, 0.2])
    assert described["best_below"][[0, 3, 1]] == pytest.approx([0.8, 0.3, NONE])
    assert described["sum_below"][[0, 3, 1]] == pytest.approx([1.6, 0.6, 0.0])
    assert described["best_above"][[0, 1]] == pytest.approx([NONE, 0.15])


def test_a_count_that_goes_on_in_the_next_section_is_one_count() -> None:
    one, two, three = (replace(make_unit("digits", 0), label=Label("digits", n, f"{n}.", 2)) for n in (1, 2, 3))
    units = [make_unit("heading"), one, two, make_unit("heading"), replace(three, parent=3)]
    outline = Outline(units, [0] * 5, np.array([0.1, 0.9, 0.8, 0.1, 0.3]))
    described = dict(zip(NAMES, describe_context(outline).T, strict=True))
    assert described["counted_before"].tolist() == [NONE, NONE, 0.9, NONE, 0.8]
    assert described["counted_after"].tolist() == [NONE, 0.8, 0.3, NONE, NONE]
    assert described["counts_on"].tolist() == [0, 0, 0, 0, 1]


def test_a_unit_alone_has_no_surroundings() -> None:
    row = dict(zip(NAMES, describe_context(Outline([make_unit("line")], [0], np.array([0.6])))[0], strict=True))
    assert row["likely"] == row["most_likely"] == 0.6
    assert {row[name] for name in ("likely_above", "best_above", "best_below", "likely_in_cousins")} == {NONE}
