"""Functions are verbs, values are nouns: names say what a reader expects of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.test_house import LAYERS, TREES

VERBS = frozenset(
    """
    accept add align allow announce append apply archive ask assemble assert assess assign attach await
    backfill begin bind build bundle bury calculate call cancel capture carry check choose cite claim classify clean
    clear close collect compare compile complete compose compress compute configure confirm connect consume convert
    copy correct count cover create cut decide declare decode decompress defer delete deploy derive describe detect
    digest discover display divide download draft draw drop edit embed emit encode end ensure escape estimate
    evaluate examine execute exclude exit expand expect explain explore export extend extract fail feed fetch fill
    filter find finish fit fold follow format freeze gather generate get give greet group guard guess handle hash hide
    highlight hold identify ignore import include index infer inspect install interpret interrupt invoke
    iterate join judge keep label launch leave limit line link list listen load locate lock log look lower
    make map mark match measure memoise merge mint move name negotiate normalise note notify number observe
    obtain offer omit open order overlap package pad page parse part pass pause peel place plan point poll
    post predict prefer prepare preview print propose protect prove publish pull push put quote raise rank
    rate read rebuild recall receive recognise reconcile record recover redirect reduce refer refuse register
    reject relate release relocate remember remove rename render renew repair repeat replace reply report
    request require reserve reset resolve respond restore retire retry return reuse revive review rewrite
    round route run sample sanitise save say scan schedule score search see seek select send separate
    serialise serve set settle shift shorten show shrink sign signal simplify skip slice sort spell split
    stage stamp start state stat stay stem step stop store stream strip style submit subtract sum summarise
    supply suppress survey swap switch sync take tally tell tend test tidy tie tokenise touch track transfer
    transform translate traverse trim truncate try turn unescape unfold union unlock unpack unwrap update
    upload use validate verify visit wait wake walk warn watch weigh withdraw withhold wrap write yield
    """.split()  # noqa: SIM905 (a list of words reads best as words)
)
PREDICATES = frozenset("is has have can may must should needs holds starts ends contains allows exists are was".split())  # noqa: SIM905
CONVERTERS = re.compile(r"(to|as|from)_\w+|\w+_(of|from|as|to|in)(_\w+)?")
# Names that others call: of the language, of protocols and of base classes, and the entry points of deployments.
GIVEN = frozenset(
    """
    main do_GET log_message error emit result submit shutdown __init__ keys items values update writable
    getresponse init_poolmanager new_conn cleanup reextract
    """.split()  # noqa: SIM905
)
# Decorators that make a value of a function.
VALUE_DECORATORS = frozenset({"property", "cached_property", "field_validator", "model_validator", "cached"})
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
    first = name.partition("_")[0]
    return first in VERBS or first in PREDICATES or CONVERTERS.fullmatch(name) is not None


def bindings_of(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every name that is bound somewhere in a module, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.alias):
            yield node.asname or node.name, node.lineno
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name, node.lineno


def trees_of(layer: str) -> Iterator[tuple[str, ast.Module]]:
    return ((name, tree) for name, tree in TREES.items() if name.partition(".")[0] == layer)


@pytest.mark.parametrize("layer", LAYERS)
def test_functions_begin_with_a_verb_or_are_properties_predicates_or_converters(layer: str) -> None:
    unclear = [
        f"{module}:{function.lineno} {function.name}"
        for module, tree in trees_of(layer)
        for function in functions_of(tree)
        if not reads_well(function)
    ]
    assert not unclear, "\n".join(unclear)


@pytest.mark.parametrize("layer", LAYERS)
def test_no_binding_has_a_name_that_says_nothing(layer: str) -> None:
    empty = [
        f"{module}:{line} {name}"
        for module, tree in trees_of(layer)
        for name, line in bindings_of(tree)
        if name.strip("_") in EMPTY_NAMES and (module, name) not in PUBLISHED
    ]
    assert not empty, "\n".join(empty)


def test_the_rules_tell_good_names_from_bad() -> None:
    tree = ast.parse("def told(): ...\ndef fetch_page(): ...\ndef is_open(): ...\ndef to_json(): ...\none = 1")
    assert [reads_well(function) for function in functions_of(tree)] == [False, True, True, True]
    assert ("one", 5) in list(bindings_of(tree))
