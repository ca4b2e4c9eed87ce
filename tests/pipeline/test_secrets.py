"""A secret in a setting reaches no output, no log, no record and no published file, however a run ends."""

from __future__ import annotations

import logging

import pytest

from tests.conftest import Desk, run_command

HOOK, TOKEN, PASSWORD = "hook-secret-1f", "token-secret-2f", "mail-secret-3f"
STORE, PROXY = "store-secret-4f", "proxy-secret-5f"
SECRETS = (HOOK, TOKEN, PASSWORD, STORE, PROXY)
NOTIFY = f"""\
notify:
  - webhook: env:OUR_HOOK
  - webhook: http://127.0.0.1:9/hooks/{HOOK}
  - email: anna@towns.example
"""
ENVIRONMENT = {
    "OUR_HOOK": f"http://127.0.0.1:9/hooks?token={TOKEN}",
    "POLICYTASKS_SMTP": f"smtps://anna%40towns.example:{PASSWORD}@127.0.0.1:9",
    "AWS_ACCESS_KEY_ID": "tester",
    "AWS_SECRET_ACCESS_KEY": STORE,
    "http_proxy": f"http://anna:{PROXY}@127.0.0.1:9",
    "no_proxy": "127.0.0.1,localhost",
}
# A site that is reached by way of the proxy, which refuses it.
FAR_SOURCE = "  - {id: far, url: 'http://plans.example/plan'}\n"


@pytest.mark.parametrize(
    ("command", "settings"),
    [
        (("publish", "--direct", "--debug"), {}),
        (
            ("publish", "--direct", "--debug"),
            {"POLICYTASKS_SHELF": "s3://no-such-bucket/x", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
        ),
        (("publish", "--direct", "--debug"), {"POLICYTASKS_SHELF": f"s3://tester:{STORE}@bucket/x"}),
        (("publish", "--direct", "--debug"), {"POLICYTASKS_SITE": f"https://anna:{STORE}@towns.example/"}),
        (("publish", "--direct", "--debug"), {"POLICYTASKS_SMTP": f"smtp://anna:{PASSWORD}@mail.example:x"}),
        (("publish", "--direct", "--debug"), {"OUR_HOOK": f"no address {TOKEN}"}),
        (("check", "--debug"), {}),
        (("status", "--debug"), {}),
        (("publish", "--direct", "--debug"), {"POLICYTASKS_SHELF": f"s3://bucket/x?key={STORE}"}),
        (("publish", "--direct", "--debug"), {"POLICYTASKS_SHELF": f"gs://{STORE}@bucket/x"}),
        (("publish", "--direct", "--debug"), {"POLICYTASKS_SITE": f"https://anna:pa/{STORE}@towns.example/"}),
        (("publish", "--direct", "--debug"), {"POLICYTASKS_WORK": f"dask:tcp://anna:pa/{STORE}@127.0.0.1:9"}),
        (("publish", "--direct", "--debug"), {"OUR_HOOK": f"http://[{TOKEN}"}),
        (("publish", "--direct", "--debug"), {"http_proxy": f"http://anna:pa/{PROXY}@127.0.0.1:9"}),
    ],
)
def test_a_secret_is_written_nowhere(
    harbour: Desk, caplog: pytest.LogCaptureFixture, command: tuple[str, ...], settings: dict[str, str]
) -> None:
    caplog.set_level(logging.DEBUG)
    file = harbour.home.datasets / "harbour.yaml"
    file.write_text(file.read_text(encoding="utf-8") + FAR_SOURCE + NOTIFY, encoding="utf-8")
    done = harbour.run(*command, **{**ENVIRONMENT, **settings})
    secrets = [secret for secret in SECRETS if secret in done.stdout + done.stderr + caplog.text]
    assert not secrets, done.stdout + done.stderr + caplog.text
    for path in harbour.home.root.rglob("*"):
        if path.is_file() and path != file:
            content = path.read_bytes()
            assert not [secret for secret in SECRETS if secret.encode() in content], path


# Addresses with a user and a password, well written or not.
ADDRESSES = [
    f"http://anna:{PASSWORD}@127.0.0.1:9/plan",
    f"http://anna:pa/{PASSWORD}@127.0.0.1:9/plan",
    f"http://anna:pa {PASSWORD}@127.0.0.1:9/plan",
    f"anna:{PASSWORD}@127.0.0.1:9/plan",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_address_of_a_page_that_cannot_be_read_is_shown_without_the_password(harbour: Desk, address: str) -> None:
    for done in (run_command("extract", address, "--debug"), harbour.run("add", address, "--dataset", "a", "--debug")):
        assert done.returncode != 0
        assert "…@" in done.stderr
        assert PASSWORD not in done.stdout + done.stderr


def test_an_endpoint_that_cannot_be_one_is_shown_without_the_password(harbour: Desk) -> None:
    settings = {"POLICYTASKS_SHELF": "s3://bucket/x", "AWS_ENDPOINT_URL": f"http://anna:pa/{STORE}@127.0.0.1:9"}
    done = harbour.run_process("publish", "--direct", "--debug", **{**ENVIRONMENT, **settings})
    assert "Custom endpoint `http://…@127.0.0.1:9`" in done.stderr
    assert STORE not in done.stdout + done.stderr
