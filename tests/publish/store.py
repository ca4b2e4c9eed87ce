"""A real S3 to speak to: moto's server in a process of its own, on loopback.

As a program, `python tests/publish/store.py PORT`, it is that server.
"""

from __future__ import annotations

import io
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests

BUCKET = "shelves"
START_SECONDS = 60


@contextmanager
def s3() -> Iterator[Mapping[str, str]]:
    """The environment in which clients reach the store, which has one empty bucket."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "tester",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([sys.executable, __file__, str(port)], stdout=log, stderr=log)
        try:
            _wait_for(port, process)
            requests.put(f"{environment['AWS_ENDPOINT_URL']}/{BUCKET}", timeout=START_SECONDS).raise_for_status()
            yield environment
        finally:
            process.kill()
            process.wait(START_SECONDS)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the store did not start")


def serve(port: int) -> None:
    """Serve moto's S3, and write one object at a time.

    For a write that has a condition, moto looks whether the object is there and writes it afterwards; S3 does both in
    one step.
    """
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import run_simple

    moto, writing = DomainDispatcherApplication(create_backend_app), threading.Lock()

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answered: Iterable[bytes]
        if environ["REQUEST_METHOD"] != "PUT":
            answered = moto(environ, start_response)
            return answered
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))  # a client may stop in the middle
        with writing:
            answered = moto({**environ, "wsgi.input": io.BytesIO(body)}, start_response)
            return answered

    run_simple("127.0.0.1", port, answer, threaded=True, request_handler=MotoRequestHandler)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
