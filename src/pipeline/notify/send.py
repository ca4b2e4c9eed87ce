"""One message to one channel: by webhook (JSON, posted) or by e-mail.

Where either goes is in the dataset's file; secrets are in the environment:

    POLICYTASKS_SMTP     smtp://host:port, starttls://user:password@host:port or smtps://user:password@host:port
    POLICYTASKS_SENDER   the address that e-mail comes from; by default the user of POLICYTASKS_SMTP if it is one

A redirect is not followed, TLS is verified, and a password goes over TLS only (or stays on this machine). Each answer
is waited for TIMEOUT_SECONDS. Libraries are imported only if there is something to send.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from config.errors import PolicyTasksError
from config.models import is_webhook_address
from config.text import summarise_message
from pipeline.notify.messages import Message

if TYPE_CHECKING:
    from smtplib import SMTP

SMTP_SETTING, SENDER_SETTING = "POLICYTASKS_SMTP", "POLICYTASKS_SENDER"
TIMEOUT_SECONDS = 10
DEFAULT_PORTS = {"smtp": 25, "starttls": 587, "smtps": 465}
FROM_ENVIRONMENT = "env:"
THIS_MACHINE = frozenset(["localhost", "127.0.0.1", "::1"])


class SendingError(PolicyTasksError):
    """A message that could not be sent; the line holds no secret."""


def send(address: str, message: Message) -> None:
    """Send a message to a webhook's address, to `env:NAME`, or to an e-mail address. Raises SendingError."""
    if address.startswith(FROM_ENVIRONMENT):
        post_message(_from_environment(address.removeprefix(FROM_ENVIRONMENT)), message)
    elif "://" in address:
        post_message(address, message)
    else:
        send_mail(address, message)


def post_message(url: str, message: Message) -> None:
    """Post a message as JSON with a plain `text` in it, as chat services take it. Raises SendingError."""
    import requests  # a third of a second, which a run that has nothing to send need not pay
    import urllib3

    host = urlsplit(url).hostname
    body = {"text": message.text_without_markup, **message.fields}
    try:
        with requests.post(url, json=body, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True) as response:
            status = response.status_code
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:  # an OSError: the file of certificates
        # The cause is not chained: its text has the URL, which is a secret.
        raise SendingError(f"the webhook at {host} does not answer ({type(error).__name__})") from None
    if not 200 <= status < 300:
        redirects = ", and redirects are not followed" if 300 <= status < 400 else ""
        raise SendingError(f"the webhook at {host} answered {status}{redirects}")


def send_mail(address: str, message: Message) -> None:
    """Send a message as e-mail by the server that the environment names. Raises SendingError."""
    import smtplib
    import ssl
    from email.message import EmailMessage
    from email.utils import formatdate, make_msgid

    server, sender = _read_server()
    try:
        email = EmailMessage()
        email["From"], email["To"] = sender, address
        email["Subject"] = " ".join(message.subject.split())
        email["Date"], email["Message-ID"] = formatdate(), make_msgid(domain=sender.rpartition("@")[2])
        email["Auto-Submitted"] = "auto-generated"
        email.set_content("\n".join(message.lines) + "\n")
        with _connect(server) as connection:
            if server.username:
                connection.login(unquote(server.username), unquote(server.password or ""))
            connection.send_message(email)
    except (smtplib.SMTPException, ssl.SSLError, OSError, ValueError) as error:
        reason = f"{type(error).__name__}: {error}" if isinstance(error, OSError) else type(error).__name__
        reason = summarise_message(reason.replace(address, "…"))
        raise SendingError(f"the mail server {server.hostname} did not take it ({reason})") from error


def _read_server() -> tuple[SplitResult, str]:
    """The address of the mail server that the environment names, and the sender. Raises SendingError without them."""
    setting = os.environ.get(SMTP_SETTING, "")
    form = "write it as starttls://user:password@host:port (or smtps://, or smtp:// without a password)"
    if not setting:
        raise SendingError("is not set, and there is e-mail to send", SMTP_SETTING, form)
    try:
        parts = urlsplit(setting)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or not port:
        raise SendingError("is not the address of a mail server", SMTP_SETTING, form)
    user = unquote(parts.username or "")
    if user and parts.scheme == "smtp" and parts.hostname not in THIS_MACHINE:
        raise SendingError("smtp:// would send the password unencrypted", SMTP_SETTING, form)
    sender = os.environ.get(SENDER_SETTING) or (user if "@" in user else "")
    if not sender:
        raise SendingError("is not set", SENDER_SETTING, "write the address that e-mail comes from")
    return parts, sender


def _connect(server: SplitResult) -> SMTP:
    """A connection to the mail server, encrypted if the scheme says so. Raises SMTPException, SSLError, OSError."""
    import smtplib
    import ssl

    host, port = server.hostname or "", server.port or DEFAULT_PORTS[server.scheme]
    if server.scheme == "smtps":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=context)
    connection = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    if server.scheme == "starttls":
        connection.starttls(context=ssl.create_default_context())
    return connection


def _from_environment(name: str) -> str:
    """The webhook's address in the environment. Raises SendingError if there is none."""
    url = os.environ.get(name, "").strip()
    if not url:
        raise SendingError("is not set", name, "put the webhook's address into the environment under this name")
    if not is_webhook_address(url):
        raise SendingError("is not the address of a webhook", name, "write one that begins with https://")
    return url
