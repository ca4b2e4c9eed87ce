from __future__ import annotations

import json
import re
import traceback
import warnings
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
import soupsieve
import yaml

from config.editing import add_source
from config.errors import ConfigurationError
from config.loader import list_dataset_ids, read_dataset
from config.models import Schedule, Source, build_json_schema
from tests.conftest import CHECKOUT, DATASET

GOOD = DATASET.format(url="https://example.org/plan").replace("delay: 0\n", "")


def write(folder: Path, text: str) -> Path:
    (folder / "datasets").mkdir(exist_ok=True)
    (folder / "datasets" / "harbour.yaml").write_text(text, encoding="utf-8")
    return folder / "datasets"


def test_every_committed_dataset_can_be_read() -> None:
    folder = CHECKOUT / "datasets"
    assert list_dataset_ids(folder)
    for dataset_id in list_dataset_ids(folder):
        assert read_dataset(folder, dataset_id).sources


def test_the_least_that_is_needed_is_enough(tmp_path: Path) -> None:
    dataset = read_dataset(write(tmp_path, GOOD), "harbour")
    assert (dataset.id, dataset.sources[0].url) == ("harbour", "https://example.org/plan")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("title:", "titel:"), "datasets/harbour.yaml:2: titel: unknown key; did you mean title?"),
        (GOOD.replace("licence: CC-BY-4.0\n", ""), "datasets/harbour.yaml:1: licence: is missing; add it"),
        (
            GOOD.replace("title: Tasks of the harbour towns", "title: 7"),
            "harbour.yaml:2: title: is 7; it must be text, in quotes",
        ),
        (GOOD.replace("    url:", "    adress:"), "datasets/harbour.yaml:6: sources[0].adress: unknown key"),
        (
            GOOD.replace("https://example.org/plan", "plan.html"),
            "datasets/harbour.yaml:6: sources[0].url: 'plan.html' is not a web address",
        ),
        (GOOD.replace("https://", "ftp://"), "; write one such as https://example.org/plan"),
        (GOOD.replace("id: harbour\n", "id: harbor\n"), "make them the same"),
        (
            GOOD.replace("id: harbour-2021", "id: Harbour 2021"),
            "harbour.yaml:5: sources[0].id: is 'Harbour 2021'; it must be lower-case letters, digits",
        ),
        (GOOD + "title: Another\n", "datasets/harbour.yaml:7: title: appears twice; keep one of them"),
        (GOOD + "sources: [\n", "datasets/harbour.yaml:8: is not YAML (did not find expected node content"),
        (
            GOOD + "schedule: {cron: '0 6 * * *', timezone: Asia/Atlantis}\n",
            "datasets/harbour.yaml:7: schedule.timezone: no time zone is called 'Asia/Atlantis'; write one",
        ),
        (GOOD + "schedule: {cron: 'daily'}\n", "schedule.cron: is 'daily'; it must be five cron fields"),
        (GOOD + "schedule: {cron: '61 6 * * *'}\n", "harbour.yaml:7: schedule.cron: '61 6 * * *' is not a cron"),
        (GOOD + "schedule: {cron: '0 0 30 2 *'}\n", "harbour.yaml:7: schedule.cron: '0 0 30 2 *' is not a cron"),
        (GOOD + "delay: -1\n", "datasets/harbour.yaml:7: delay: is -1; it must be 0 or more"),
        (GOOD + "keywords: sea\n", "datasets/harbour.yaml:7: keywords: is 'sea'; it must be a list"),
        (
            GOOD + "notify: [{webhook: example.org}]\n",
            "datasets/harbour.yaml:7: notify[0].webhook: is not the address of a webhook",
        ),
        (
            GOOD + "notify:\n  - {email: anna}\n",
            "datasets/harbour.yaml:8: notify[0].email: is text; it must be an e-mail address",
        ),
        (GOOD + "notify: [{on: [trouble]}]\n", "datasets/harbour.yaml:7: notify[0]: needs exactly one of webhook and"),
        (
            GOOD + "notify: [{email: a@b.org, on: [daily]}]\n",
            "notify[0].on[0]: is text; it must be 'trouble' or 'published'",
        ),
        (GOOD + "notify: [{mail: a@b.org}]\n", "notify[0].mail: unknown key; did you mean email?"),
        (
            GOOD + "notify: [{email: a@b.org}, {email: a@b.org}]\n",
            "notify: notify[1] has the address of an entry above it",
        ),
        (GOOD + "schedule: daily\n", "datasets/harbour.yaml:7: schedule: is 'daily'; it must be a mapping"),
        (
            GOOD + "    discover: {feed: https://example.org/feed}\n",
            "datasets/harbour.yaml:5: sources[0]: needs exactly one of url and discover",
        ),
        (
            GOOD.replace("url: https://example.org/plan", "discover: {match: plan}"),
            "sources[0].discover: needs exactly one of page, feed",
        ),
        (
            GOOD.replace("url: https://example.org/plan", "discover: {feed: https://example.org/feed, match: '('}"),
            "datasets/harbour.yaml:6: sources[0].discover.match: '(' is not a regular",
        ),
        (
            GOOD.replace("url: https://example.org/plan", "discover: {feeds: https://example.org/feed}"),
            "datasets/harbour.yaml:6: sources[0].discover.feeds: unknown key; did you mean feed?",
        ),
        (GOOD + "  - id: harbour-2021\n    url: https://example.org/2\n", "give each an id of its own"),
        (
            GOOD.partition("sources")[0] + "sources: []\n",
            "datasets/harbour.yaml:4: sources: is []; it must have at least one",
        ),
        ("", "datasets/harbour.yaml:1: is not a dataset; write at least"),
        ("- a\n- b\n", "datasets/harbour.yaml:1: is not a dataset; write at least"),
        ("a: &x [*x]\n", "datasets/harbour.yaml:1: is not YAML (contains itself); remove the alias"),
        ("when: 2021-99-99\n", "datasets/harbour.yaml: is not YAML (month must be in"),
        ("? [a, b]\n: c\n", "datasets/harbour.yaml:1: is not YAML (found unhashable key); fix"),
    ],
)
def test_a_mistake_is_one_line_with_file_line_key_and_fix(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_dataset(write(tmp_path, text), "harbour")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_cron_expression_says_when_a_dataset_is_due() -> None:
    schedule = Schedule(cron="0 6 * * *", timezone="Asia/Shanghai")
    midnight = datetime(2021, 3, 4, tzinfo=UTC)
    assert schedule.find_time_after(midnight) == datetime(2021, 3, 4, 22, tzinfo=UTC)
    assert schedule.find_time_after(midnight, 2) == datetime(2021, 3, 5, 22, tzinfo=UTC)


def test_the_schema_for_editors_is_the_one_of_the_models_and_takes_every_dataset() -> None:
    schema = json.loads((CHECKOUT / "datasets" / "schema.json").read_text(encoding="utf-8"))
    assert schema == build_json_schema(), "make it anew: policytasks schema > datasets/schema.json"
    for path in (CHECKOUT / "datasets").glob("*.yaml"):
        assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=schema.json\n")
        jsonschema.validate(yaml.safe_load(path.read_text(encoding="utf-8")), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"id": "harbour"}, schema)


def test_an_unknown_dataset_is_answered_with_the_one_that_was_meant(tmp_path: Path) -> None:
    folder = write(tmp_path, GOOD)
    with pytest.raises(ConfigurationError, match="did you mean harbour"):
        read_dataset(folder, "harbor")
    with pytest.raises(ConfigurationError, match="no dataset is called"):
        read_dataset(folder, "../datasets/harbour")


def test_a_file_that_is_not_text_is_reported(tmp_path: Path) -> None:
    folder = write(tmp_path, GOOD)
    (folder / "harbour.yaml").write_bytes(b"title: \xff\xfe")
    with pytest.raises(ConfigurationError, match="is not UTF-8"):
        read_dataset(folder, "harbour")


def nest_aliases(levels: int) -> str:
    """Lists of ten aliases of a list of ten aliases, and so on."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines) + "\n"


TOO_LARGE = "has more than 1,000,000 values, or 10,000,000 characters, where each alias counts as what it is of; make"
# What a stranger may write into a file, and the line that it is answered with.
HOSTILE = {
    "aliases of aliases": (GOOD + nest_aliases(9), f"datasets/harbour.yaml:12: {TOO_LARGE}"),
    "merged aliases": (
        GOOD
        + "a: &a0 {k: v}\n"
        + "".join(f"b{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 9)),
        TOO_LARGE,
    ),
    "long aliases": (
        GOOD + f"contributors:\n - &c {{title: {'x' * 100_000}}}\n" + " - *c\n" * 1000,
        f"datasets/harbour.yaml:8: {TOO_LARGE}",
    ),
    "alias of itself": (
        GOOD + "keywords: &a [*a]\n",
        "harbour.yaml:7: is not YAML (contains itself); remove the alias",
    ),
    "brackets": (GOOD + "keywords: " + "[" * 100_000, "harbour.yaml:7: nests deeper than 400 levels; write it with"),
    "dashes": (GOOD + "keywords:\n  " + "- " * 100_000 + "x\n", "harbour.yaml:8: nests deeper than 400 levels; write"),
    "question marks": (GOOD + "? " * 100_000 + "x\n", "harbour.yaml:7: nests deeper than 400 levels; write it with"),
    "levels by alias": (
        GOOD + "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 500)),
        "nests deeper than 400 levels",
    ),
    "many values": (GOOD + f"keywords: [{'a,' * 1_000_001}]", f"datasets/harbour.yaml: {TOO_LARGE}"),
    "many keys": (GOOD + "".join(f"k{n}: 1\n" for n in range(1001)), "harbour.yaml:1: has more than 1000 keys; remove"),
    "many bytes": (GOOD + "#" * 10_000_000, "datasets/harbour.yaml: has more than 10,000,000 bytes; make several"),
    "long key": (
        GOOD + f'? "{"k" * 1_000_000}"\n: 1\n',
        f"harbour.yaml:7: {'k' * 60}…: unknown key; known keys are id,",
    ),
    "long repeated key": (GOOD + f'? "{"k" * 9_000}"\n: 1\n' * 2, f"harbour.yaml:9: {'k' * 60}…: appears twice; keep"),
    "digits": (
        GOOD + f"delay: {'9' * 5000}\n",
        "harbour.yaml:7: is not YAML (a number or date of 5,000 characters); put",
    ),
    "sixties": (GOOD + f"delay: {'59:' * 30_000}59\n", "is not YAML (a number or date of 90,002 characters); put it"),
    "bits": (
        GOOD + f"delay: 0b{'1' * 100_000}\n",
        "is not YAML (a number or date of 100,002 characters); put it in",
    ),
    "no number": (GOOD + "delay: !!int ''\n", "is not YAML (string index out of range); remove what cannot be read"),
    "month 13": (GOOD + "homepage: 2021-13-45\n", "is not YAML (month must be in 1..12); remove what cannot be read"),
    "NUL": (GOOD + 'keywords: ["a\0b"]\n', "is not YAML (unacceptable character #x0000: "),
    "code": (
        GOOD + "keywords: !!python/object/apply:os.system [id]\n",
        "harbour.yaml:7: is not YAML (could not determine",
    ),
    "nested expression": (
        GOOD.replace(
            "    url: https://example.org/plan", f"    discover: {{page: https://a.org, match: '{'(' * 5000}'}}"
        ),
        "sources[0].discover.match: is a regular expression of 5,000 characters; write at most 2,000",
    ),
    "long selector": (
        GOOD + f"    selector: '{'a>' * 100_000}b'\n",
        "sources[0].selector: is a CSS selector of 200,001 characters; write at most 2,000",
    ),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("text", "message"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_one_short_line(tmp_path: Path, text: str, message: str) -> None:
    folder = write(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        read_dataset(folder, "harbour")
    line = str(caught.value)
    assert message in line
    assert len(line) < 400
    assert "\n" not in line


@pytest.mark.parametrize("expression", ["[[a]", "[a&&b]", "[--b]", "[a||b]", "[a~~b]"])
def test_a_valid_expression_or_selector_is_taken_without_a_warning(tmp_path: Path, expression: str) -> None:
    discover = (
        f"    discover: {{page: 'https://a.org', match: '/{tmp_path.name}/{expression}', links: 'a:contains(\"b\")'}}"
    )
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        re.purge()
        soupsieve.purge()
        read_dataset(write(tmp_path, GOOD.replace("    url: https://example.org/plan", discover)), "harbour")
    assert [str(warning.message) for warning in shown] == []


def test_a_source_is_not_added_to_a_hostile_file(tmp_path: Path) -> None:
    folder = write(tmp_path, GOOD + "keywords: " + "[" * 100_000)
    with pytest.raises(ConfigurationError, match="nests deeper than 400 levels"):
        add_source(folder, "harbour", Source(id="new", url="https://example.org/new"), "")


def test_brackets_within_quotes_and_a_few_aliases_are_no_nesting(tmp_path: Path) -> None:
    text = GOOD + f"description: '{'[' * 1000}'\ncontributors: [&c {{title: A, roles: [author]}}, *c]\n"
    assert read_dataset(write(tmp_path, text), "harbour").contributors[1].title == "A"


# Addresses with a user and a password, well written or not.
WITH_PASSWORD = [
    "https://anna:hunter2@example.org/plan",
    "https://:hunter2@example.org/plan",
    "https://hunter2@example.org/plan",
    "https://anna:hunter2@example.org:99999/plan",
    "https://anna:pa/hunter2@example.org/plan",
    "https://anna:pa hunter2@example.org/plan",
    "https:anna:hunter2@example.org/plan",
    "https:\\anna:hunter2@example.org/plan",
    "anna:hunter2@example.org/plan",
    "anna:pa hunter2@example.org",
    "ftp://anna:hunter2@example.org/plan",
]
# Addresses of webhooks, whose path is the secret, well written or not.
HOOKS = [
    "https://hooks.example/T0/hunter2",
    "hooks.example/T0/hunter2",
    "https://hooks.example/hunter2 ",
    "htps://a/hunter2",
]
FIELDS = [
    "homepage: {}",
    "contact: {}",
    "contributors: [{{title: A, path: {}}}]",
    "sources: [{{id: a, url: {}}}]",
    "sources: [{{id: a, discover: {{page: {}}}}}]",
    "sources: [{{id: a, discover: {{feed: {}}}}}]",
]
NOTIFY_ENTRIES = [
    "notify: {}",
    "notify: [{}]",
    "notify: [[{}]]",
    "notify: [{{webhook: [{}]}}]",
    "notify: [{{webhook: {{a: {}}}}}]",
    "notify: [{{webhook: {}, email: a@example.org}}]",
    "notify: [{{email: {}}}]",
    "notify: [{{email: a@example.org, on: [{}]}}]",
    "notify: [{{{}: x}}]",
    "notify: [{{webhook: !!int {}}}]",
    "notify: [{{webhook: !!bool {}}}]",
]


def refuse(folder: Path, line: str) -> str:
    """The message about a file with this line, which neither it nor the traceback of --debug may hold a secret of."""
    text = GOOD.partition("sources:")[0] if line.startswith("sources") else GOOD
    with pytest.raises(ConfigurationError) as caught:
        read_dataset(write(folder, f"{text}{line}\n"), "harbour")
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("address", WITH_PASSWORD)
def test_no_address_may_hold_a_password_and_none_is_repeated(tmp_path: Path, field: str, address: str) -> None:
    assert "hunter2" not in refuse(tmp_path, field.format(f"'{address}'"))


@pytest.mark.parametrize("field", FIELDS)
def test_a_list_in_place_of_an_address_is_not_repeated(tmp_path: Path, field: str) -> None:
    assert "is a list; it must be text" in refuse(tmp_path, field.format("['https://anna:hunter2@example.org/']"))


@pytest.mark.parametrize("entry", NOTIFY_ENTRIES)
@pytest.mark.parametrize("address", HOOKS)
def test_what_stands_under_notify_is_not_repeated(tmp_path: Path, entry: str, address: str) -> None:
    message = refuse(tmp_path, entry.format(f"'{address}'"))
    assert message.startswith("datasets/harbour.yaml")


@pytest.mark.parametrize("address", HOOKS[1:])
def test_a_wrong_webhook_is_not_repeated(tmp_path: Path, address: str) -> None:
    message = "datasets/harbour.yaml:7: notify[0].webhook: is not the address of a webhook; write https://… or env:NAME"
    assert refuse(tmp_path, f"notify: [{{webhook: '{address}'}}]") == message


@pytest.mark.parametrize(
    "line", ["notify: [{webhook: !https://a/hunter2 x}]", "notify: [{? https://a/hunter2 , email: a}]"]
)
def test_a_tag_or_a_key_that_is_a_value_is_not_repeated(tmp_path: Path, line: str) -> None:
    refuse(tmp_path, line)


@pytest.mark.parametrize("contact", ["desk@example.org", "mailto:desk@example.org", "https://example.org/@desk"])
def test_a_contact_is_an_email_address_or_one_of_the_web(tmp_path: Path, contact: str) -> None:
    assert read_dataset(write(tmp_path, f"{GOOD}contact: {contact}\n"), "harbour").contact == contact


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("selector", "{letter}" + ":not(a,b)" * 200),
        ("match", "{letter}" + "[a-z]" * 20),
    ],
)
def test_all_selectors_and_expressions_of_a_file_have_a_limit(tmp_path: Path, key: str, value: str) -> None:
    def write_sources(values: list[str]) -> Path:
        where = "url: https://example.org/" if key == "selector" else "discover:\n      feed: https://example.org/"
        indent = "    " if key == "selector" else "      "
        return write(
            tmp_path,
            GOOD.partition("sources:")[0]
            + "sources:\n"
            + "".join(
                f"  - id: a-{number}\n    {where}{number}\n{indent}{key}: '{value}'\n"
                for number, value in enumerate(values)
            ),
        )

    one = value.format(letter="a")
    assert len(read_dataset(write_sources([one] * 60), "harbour").sources) == 60, "the same one counts once"
    with pytest.raises(ConfigurationError, match="regular expressions have more than 100,000 characters"):
        read_dataset(write_sources([value.format(letter="a" * number) for number in range(1, 61)]), "harbour")
