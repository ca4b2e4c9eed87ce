"""Who is told what after a run: a real web server takes the messages, a real mail server the letters."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from pipeline.notify import channels
from pipeline.notify.incidents import RECORD_FILE, hash_address
from pipeline.notify.messages import compose_message
from pipeline.notify.send import SendingError, send
from tests.conftest import DATASET, NOWHERE, Desk, Site

HELLO = compose_message("harbour", (), None)
PIER = "Build a pier for night ferries."


@dataclass
class Hook:
    """A webhook on loopback: what it was told, and the status that it answers with."""

    url: str
    status: int = 200
    said: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0

    @property
    def subjects(self) -> list[str]:
        return [message["text"].splitlines()[0] for message in self.said]


def serve(answer: Callable[[BaseHTTPRequestHandler], None]) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer(self)

        do_GET = do_POST  # noqa: N815 (the library's name)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


@pytest.fixture
def hook() -> Iterator[Hook]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        made.asked += 1
        if made.status == 200:
            assert handler.headers["Content-Type"] == "application/json"
            made.said.append(json.loads(body))
        handler.send_response(made.status)
        if made.status == 302:
            handler.send_header("Location", made.url)
        handler.end_headers()

    server = serve(answer)
    made = Hook(f"http://127.0.0.1:{server.server_port}/secret-path")
    yield made
    server.shutdown()
    server.server_close()


def order(desk: Desk, url: str, *notify: str) -> None:
    listed = "".join(f"  - {{{channel}}}\n" for channel in notify)
    desk.write_dataset(DATASET.format(url=url) + f"notify:\n{listed}")


def publish(desk: Desk, *more: str, **environment: str) -> list[str]:
    """Run the main job; the lines of its standard error."""
    done = desk.run("publish", "--direct", *more, **environment)
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()


def record(desk: Desk) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((desk.shelf / "harbour" / RECORD_FILE).read_text())
    return found


@pytest.fixture
def plan(site: Site, report: str) -> str:
    return site.page("/plan", report.encode(), content_type="text/plain")


def test_a_source_that_is_broken_for_three_runs_is_one_message_and_mended_one_more(
    desk: Desk, site: Site, hook: Hook, plan: str, report: str
) -> None:
    order(desk, plan, f"webhook: '{hook.url}', on: [trouble]")
    publish(desk)
    assert hook.said == []
    site.page("/plan", b"gone", status=410)
    for _ in range(3):
        publish(desk)
    assert hook.subjects == ["harbour: 1 needs attention"]
    (news,) = hook.said[0]["news"]
    assert (news["kind"], news["about"]) == ("trouble", "source:harbour-2021")
    assert "harbour-2021: gone: the server answered 410" in hook.said[0]["text"]
    site.page("/plan", report.encode(), content_type="text/plain")
    for _ in range(2):
        publish(desk)
    assert hook.subjects == ["harbour: 1 needs attention", "harbour: 1 fixed"]
    assert record(desk) == {"dataset": "harbour", "troubles": [], "pending": []}


def test_a_webhook_that_is_down_fails_no_run_and_is_told_later_once(desk: Desk, hook: Hook, plan: str) -> None:
    order(desk, plan, f"webhook: '{hook.url}'")
    hook.status = 503
    done = desk.run("publish", "--direct")
    assert done.returncode == 0
    (line,) = (line for line in done.stderr.splitlines() if "notify" in line)
    assert line == (
        "datasets/harbour.yaml: notify[0]: the webhook at 127.0.0.1 answered 503; it is sent by the next run"
    )
    hook.status = 200
    for _ in range(2):
        publish(desk)
    assert hook.subjects == ["harbour: 1.0.0 published"]
    assert hook.said[0]["news"][0] | {"since": ""} == {
        "kind": "published",
        "about": "1.0.0",
        "line": "first release",
        "since": "",
        "version": "1.0.0",
        "page": "harbour/versions/1.0.0/",
    }


def test_a_release_that_is_refused_is_told_with_the_check_and_its_end_with_the_version(
    harbour: Desk, hook: Hook, report: str
) -> None:
    publish(harbour, "--offline")
    order(harbour, NOWHERE, f"webhook: '{hook.url}'")
    harbour.capture(report.replace("4. Train teachers together.\n", ""))
    for _ in range(2):
        publish(harbour, "--offline")
    assert [item["about"] for item in hook.said[0]["news"]] == ["release:claims-still-hold"]
    harbour.capture(report.replace(PIER, "Build a jetty for night ferries."))
    publish(harbour, "--offline", POLICYTASKS_SITE="https://data.example.org")
    assert hook.subjects == ["harbour: 1 needs attention", "harbour: 1 fixed, 1.0.1 published"]
    assert "https://data.example.org/harbour/versions/1.0.1/" in hook.said[1]["text"]


def test_a_run_that_fails_is_told_though_nothing_was_ever_published(harbour: Desk, hook: Hook) -> None:
    order(harbour, NOWHERE, f"webhook: '{hook.url}'")
    next(harbour.home.raw.rglob("*.txt")).unlink()
    for _ in range(2):
        publish(harbour, "--offline")
    assert hook.subjects == ["harbour: 1 needs attention"]
    assert "the raw capture is missing; restore the file" in hook.said[0]["text"]


def test_the_shelf_names_nobody_who_is_told(desk: Desk, site: Site, hook: Hook, plan: str) -> None:
    order(desk, plan, f"webhook: '{hook.url}'", "email: anna@towns.example")
    publish(desk)
    site.page("/plan", b"gone", status=410)
    publish(desk)
    (trouble,) = record(desk)["troubles"]
    assert trouble["told"] == [hash_address(hook.url)]
    for path in desk.shelf.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert b"secret-path" not in content, path
        assert b"anna@towns.example" not in content, path


def test_a_webhook_can_stand_in_the_environment(desk: Desk, hook: Hook, plan: str) -> None:
    order(desk, plan, "webhook: env:HARBOUR_HOOK")
    (line,) = (line for line in publish(desk, HARBOUR_HOOK="") if "notify" in line)
    assert "HARBOUR_HOOK: is not set; put the webhook's address into the environment" in line
    publish(desk, HARBOUR_HOOK=hook.url)
    assert hook.subjects == ["harbour: 1.0.0 published"]


@pytest.mark.parametrize(
    "setting",
    [
        "http://[bad/secret",
        "https://hooks.example:99999999/secret",
        "hooks.example/secret",
        "http://127.0.0.1/a secret",
    ],
)
def test_a_webhook_in_the_environment_that_is_none_fails_no_run(desk: Desk, plan: str, setting: str) -> None:
    order(desk, plan, "webhook: env:HARBOUR_HOOK")
    done = desk.run("publish", "--direct", HARBOUR_HOOK=setting)
    assert done.returncode == 0, done.stderr
    (line,) = (line for line in done.stderr.splitlines() if "notify" in line)
    assert line == (
        "datasets/harbour.yaml: notify[0]: HARBOUR_HOOK: is not the address of a webhook; "
        "write one that begins with https://; it is sent by the next run"
    )


def test_certificates_that_are_not_there_and_defects_fail_no_run(
    desk: Desk, plan: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    order(desk, plan, "webhook: 'https://127.0.0.1:9/secret'")
    done = desk.run("publish", "--direct", REQUESTS_CA_BUNDLE="/no/such/file", no_proxy="*")
    (line,) = (line for line in done.stderr.splitlines() if "notify" in line)
    assert (done.returncode, "the webhook at 127.0.0.1 does not answer (OSError)" in line) == (0, True), line

    def fail(*_: object) -> None:
        raise KeyError("secret")

    monkeypatch.setattr(channels, "send", fail)
    done = desk.run("publish", "--direct")
    (line,) = (line for line in done.stderr.splitlines() if "notify" in line)
    assert (done.returncode, "a defect of this program (KeyError); it is sent by the next run" in line) == (0, True)
    assert "secret" not in done.stderr


def test_a_dry_run_tells_nobody_and_so_does_a_dataset_that_names_nobody(harbour: Desk, hook: Hook) -> None:
    order(harbour, NOWHERE, f"webhook: '{hook.url}'")
    publish(harbour, "--dry-run")
    harbour.write_dataset(DATASET.format(url=NOWHERE))
    publish(harbour, "--offline")
    assert hook.asked == 0
    assert not (harbour.shelf / "harbour" / RECORD_FILE).exists()


def test_a_record_that_is_damaged_is_one_line_and_begun_anew(desk: Desk, site: Site, hook: Hook, plan: str) -> None:
    order(desk, plan, f"webhook: '{hook.url}', on: [trouble]")
    publish(desk)
    (desk.shelf / "harbour" / RECORD_FILE).write_text("{")
    site.page("/plan", b"gone", status=410)
    assert any("troubles.json: is not a record of incidents" in line for line in publish(desk))
    assert [incident["about"] for incident in record(desk)["troubles"]] == ["source:harbour-2021"]
    assert hook.subjects == ["harbour: 1 needs attention"]


def test_a_shelf_that_cannot_hold_the_record_leaves_nobody_in_the_dark(harbour: Desk, hook: Hook) -> None:
    order(harbour, NOWHERE, f"webhook: '{hook.url}'")
    harbour.shelf.parent.mkdir(exist_ok=True)
    harbour.shelf.write_text("")
    publish(harbour, "--offline")
    assert hook.subjects == ["harbour: 1 needs attention"]
    assert "cannot be written" in hook.said[0]["text"]


@pytest.mark.parametrize(
    ("status", "said"), [(302, "answered 302, and redirects are not followed"), (404, "answered 404")]
)
def test_what_is_not_taken_is_not_told_and_no_secret_is_in_the_line(hook: Hook, status: int, said: str) -> None:
    hook.status = status
    with pytest.raises(SendingError, match=said) as caught:
        send(hook.url, HELLO)
    assert "secret-path" not in str(caught.value)
    assert hook.asked == 1


def test_a_webhook_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def silent(_: object) -> None:
        over.wait(30)

    server = serve(silent)
    monkeypatch.setattr("pipeline.notify.send.TIMEOUT_SECONDS", 0.3)
    with pytest.raises(SendingError, match=r"the webhook at 127\.0\.0\.1 does not answer \(ReadTimeout\)"):
        send(f"http://127.0.0.1:{server.server_port}/", HELLO)
    over.set()
    server.shutdown()
    server.server_close()


class Postbox:
    """What a mail server has taken."""

    def __init__(self) -> None:
        self.letters: list[Message] = []
        self.recipients: list[str] = []

    async def handle_DATA(  # noqa: N802 (the library's name)
        self, _server: object, _session: object, envelope: Any
    ) -> str:
        self.letters.append(message_from_bytes(envelope.content))
        self.recipients += envelope.rcpt_tos
        return "250 OK"


def mail_server(**how: Any) -> Controller:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found = Controller(Postbox(), hostname="127.0.0.1", port=port, **how)
    found.start()
    return found


def test_the_same_goes_out_as_e_mail(desk: Desk, plan: str) -> None:
    server = mail_server()
    order(desk, plan, "email: anna@towns.example")
    try:
        smtp = f"smtp://127.0.0.1:{server.port}"
        for _ in range(2):
            publish(desk, POLICYTASKS_SMTP=smtp, POLICYTASKS_SENDER="plans@towns.example")
    finally:
        server.stop()
    (letter,) = server.handler.letters
    assert server.handler.recipients == ["anna@towns.example"]
    assert (letter["From"], letter["Subject"]) == ("plans@towns.example", "harbour: 1.0.0 published")
    assert "1.0.0: first release" in letter.get_payload(decode=True).decode()


@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's certificate that this process trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


def only_anna(_server: object, _session: object, _envelope: object, _how: str, data: Any) -> AuthResult:
    is_right = (data.login, data.password) == (b"anna@towns.example", b"p@ss")
    return AuthResult(success=is_right, handled=is_right)  # what is not handled, the server refuses in its own words


@pytest.mark.parametrize("scheme", ["starttls", "smtps"])
def test_a_password_goes_over_tls_and_the_user_is_the_sender(
    scheme: str, certified: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    how: dict[str, Any] = {"authenticator": only_anna, "auth_required": True}
    if scheme == "smtps":
        how |= {"ssl_context": certified, "auth_require_tls": False}
    else:
        how |= {"tls_context": certified, "require_starttls": True}
    server = mail_server(**how)
    try:
        place = f"@127.0.0.1:{server.port}"
        monkeypatch.setenv("POLICYTASKS_SMTP", f"{scheme}://anna%40towns.example:p%40ss{place}")
        send("ben@towns.example", HELLO)
        monkeypatch.setenv("POLICYTASKS_SMTP", f"{scheme}://anna%40towns.example:wrong{place}")
        with pytest.raises(SendingError, match=r"did not take it \(SMTPAuthenticationError") as caught:
            send("ben@towns.example", HELLO)
    finally:
        server.stop()
    assert [letter["From"] for letter in server.handler.letters] == ["anna@towns.example"]
    assert "wrong" not in str(caught.value)


def test_a_mail_server_that_nobody_certifies_is_not_trusted(
    certified: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    server = mail_server(tls_context=certified)
    try:
        monkeypatch.setenv("POLICYTASKS_SMTP", f"starttls://127.0.0.1:{server.port}")
        monkeypatch.setenv("POLICYTASKS_SENDER", "plans@towns.example")
        with pytest.raises(SendingError, match="did not take it"):
            send("ben@towns.example", HELLO)
    finally:
        server.stop()
    assert server.handler.letters == []


@pytest.mark.parametrize(
    ("setting", "sender", "said"),
    [
        ("", "a@b.example", "POLICYTASKS_SMTP: is not set, and there is e-mail to send; write it as"),
        ("mail.example", "a@b.example", "POLICYTASKS_SMTP: is not the address of a mail server"),
        ("smtp://mail.example:port", "a@b.example", "POLICYTASKS_SMTP: is not the address of a mail server"),
        ("smtp://anna:secret@mail.example", "a@b.example", "would send the password unencrypted"),
        ("smtp://127.0.0.1", "", "POLICYTASKS_SENDER: is not set"),
        ("smtp://127.0.0.1:9", "a@b.example", "the mail server 127.0.0.1 did not take it (ConnectionRefusedError"),
    ],
)
def test_a_mail_setting_that_cannot_work_is_one_line_without_the_password(
    setting: str, sender: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLICYTASKS_SMTP", setting)
    monkeypatch.setenv("POLICYTASKS_SENDER", sender)
    with pytest.raises(SendingError) as caught:
        send("ben@towns.example", HELLO)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
