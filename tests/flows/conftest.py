"""Prefect servers on each of the databases that they are run with, and a page behind a gate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.conftest import Site
from tests.flows.prefect_servers import PrefectServer, postgresql, prefect_server
from tests.flows.scheduled import Gate


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def prefect(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectServer]:
    with ExitStack() as stack:
        on = {}
        if request.param == "postgresql":
            on["PREFECT_API_DATABASE_CONNECTION_URL"] = stack.enter_context(postgresql())
        yield stack.enter_context(prefect_server(tmp_path_factory.mktemp(f"prefect-{request.param}"), **on))


@pytest.fixture
def gate(site: Site, report: str) -> Iterator[Gate]:
    made = Gate(site, report)
    yield made
    made.open()
