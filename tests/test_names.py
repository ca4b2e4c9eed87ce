"""Functions are verbs, values are nouns: names say what a reader expects of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.conftest import CHECKOUT
from tests.test_house import LAYERS, TREES

VERBS = frozenset(
    """
    add align announce append apply archive assemble assess assign attach backfill begin build bundle call carry check choose
    cite classify clean close collect compare compile complete compose compress compute configure confirm connect
    convert correct count create decide decode defer delete deploy derive describe detect display divide draft drop emit
    encode end ensure escape estimate execute exit explain extend extract fetch fill filter find finish flush fold follow
    format gather get greet group guard hash hold identify ignore import index inspect install interrupt iterate join
    judge keep label limit list listen load localise locate lock make mark match measure memoise merge mint name
    normalise notify number observe omit open parse place plan poll post prepare preview print propose prove publish
    put quote rank read rebuild recall recognise record recover reduce refer refuse release remember remove rename
    render renew repeat replace report request resolve respond restore retry revive round run select send separate serialise serve
    shorten show simplify skip sort split stage stamp start stop store strip submit summarise swap sync take
    tend translate unwrap update upload use verify wait watch weigh withdraw write
    """.split()  # noqa: SIM905 (a list of words reads best as words)
)
PREDICATES = frozenset("is has have can may needs holds starts allows are".split())  # noqa: SIM905
CONVERTERS = re.compile(r"(to|as|from)_\w+")
# The converters that are named by their result: `storage.address_of(name)`.
RESULTS = frozenset({"address_of"})
# A name of this shape is a converter whatever its first word: "name" and "state" are verbs, but `name_of` is none.
SHAPE_OF_CONVERTERS = re.compile(r"\w+_of(_\w+)?|[a-z]+_(in|from|to|as)")
# Names that others call: of the language, of protocols and of base classes, and the entry points of deployments.
GIVEN = frozenset(
    """
    main error result connection_made data_received writable getresponse init_poolmanager new_conn cleanup reextract decompress nextobject
    paint_path readable readinto readline tell rem_length
    """.split()  # noqa: SIM905
)
# Decorators that make a value of a function.
VALUE_DECORATORS = frozenset({"property", "cached_property", "field_validator", "model_validator"})
EMPTY_NAMES = frozenset({"one", "said", "told", "found", "known", "came"})
# Fields that are published under their names: `claims.found`.
PUBLISHED = frozenset({("extract.plan", "found")})


def functions_of(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def decorators_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """The last parts of the names of a function's decorators."""
    targets = (node.func if isinstance(node, ast.Call) else node for node in function.decorator_list)
    return {target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "") for target in targets}


def reads_well(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function's name is a verb, a predicate or a conversion, or a value by its decorator."""
    name = function.name.lstrip("_")
    if function.name.startswith("__") or name in GIVEN or decorators_of(function) & VALUE_DECORATORS:
        return True
    if CONVERTERS.fullmatch(name) or SHAPE_OF_CONVERTERS.fullmatch(name):
        return CONVERTERS.fullmatch(name) is not None or name in RESULTS
    return name.partition("_")[0] in VERBS | PREDICATES


def bindings_of(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every name that is bound somewhere in a module, with its line."""
    for node in ast.walk(tree):
        match node:
            case (
                ast.Name(id=name, ctx=ast.Store())
                | ast.Attribute(attr=name, ctx=ast.Store())
                | (ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name))
                | (ast.arg(arg=name) | ast.alias(asname=str(name)) | ast.alias(name=name, asname=None))
                | (ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)))
                | ast.MatchMapping(rest=str(name))
            ):
                yield name, node.lineno


# The benchmarks are held to the same rules.
HELD = (*LAYERS, "benchmarks")
ALL_TREES = {
    **TREES,
    **{
        ".".join(path.relative_to(CHECKOUT).with_suffix("").parts): ast.parse(path.read_text(encoding="utf-8"))
        for path in (CHECKOUT / "benchmarks").rglob("*.py")
    },
}


def trees_of(layer: str) -> Iterator[tuple[str, ast.Module]]:
    return ((name, tree) for name, tree in ALL_TREES.items() if name.partition(".")[0] == layer)


@pytest.mark.parametrize("layer", HELD)
def test_functions_begin_with_a_verb_or_are_properties_predicates_or_converters(layer: str) -> None:
    unclear = [
        f"{module}:{function.lineno} {function.name}"
        for module, tree in trees_of(layer)
        for function in functions_of(tree)
        if not reads_well(function)
    ]
    assert not unclear, "\n".join(unclear)


@pytest.mark.parametrize("layer", HELD)
def test_no_binding_has_a_name_that_says_nothing(layer: str) -> None:
    empty = [
        f"{module}:{line} {name}"
        for module, tree in trees_of(layer)
        for name, line in bindings_of(tree)
        if name.strip("_") in EMPTY_NAMES and (module, name) not in PUBLISHED
    ]
    assert not empty, "\n".join(empty)


def test_each_name_and_word_that_is_allowed_is_used() -> None:
    functions = [function for tree in ALL_TREES.values() for function in functions_of(tree)]
    names = {function.name.lstrip("_") for function in functions}
    decorators = set().union(*(decorators_of(function) for function in functions))
    assert not (GIVEN | RESULTS) - names
    assert not VALUE_DECORATORS - decorators
    assert not (VERBS | PREDICATES) - {name.partition("_")[0] for name in names - GIVEN}


@pytest.mark.parametrize("name", ["fetch_page", "is_open", "to_json", "from_rows", "address_of", "read_rows_in_order"])
def test_a_name_that_says_what_is_done_is_allowed(name: str) -> None:
    (function,) = functions_of(ast.parse(f"def {name}(): ..."))
    assert reads_well(function)


@pytest.mark.parametrize("name", ["told", "_name_of", "state_of", "rows_of_tasks", "name_in", "row_from", "words"])
def test_a_name_that_is_a_noun_is_refused(name: str) -> None:
    (function,) = functions_of(ast.parse(f"def {name}(): ..."))
    assert not reads_well(function)


@pytest.mark.parametrize(
    "binding",
    [
        "one = 1",
        "def one(): ...",
        "lambda one: 1",
        "self.one = 1",
        "import x as one",
        "match x:\n case [one, 2]: pass",
        "match x:\n case [*one]: pass",
        "match x:\n case {**one}: pass",
    ],
)
def test_every_binding_is_looked_at(binding: str) -> None:
    assert "one" in {name for name, _ in bindings_of(ast.parse(binding))}
