"""One Prefect server for each of the databases that it is run with, for the whole session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.flows.prefect_servers import PrefectServer, postgresql, prefect_server


@pytest.fixture(scope="session")
def prefect_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectServer]:
    with prefect_server(tmp_path_factory.mktemp("prefect-sqlite")) as server:
        yield server


@pytest.fixture(scope="session")
def prefect_on_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectServer]:
    with postgresql() as database:
        folder = tmp_path_factory.mktemp("prefect-postgresql")
        with prefect_server(folder, PREFECT_API_DATABASE_CONNECTION_URL=database) as server:
            yield server


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def prefect(request: pytest.FixtureRequest) -> PrefectServer:
    """Each server in turn. Tests share it, so each has datasets of its own names there."""
    server: PrefectServer = request.getfixturevalue(f"prefect_on_{request.param}")
    return server
