"""What every test may use: where optional real material lies, and nothing else that is global."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from crossing.platform.db import Database
from crossing.platform.db.embedded import start_embedded_postgres
from tests.factories.databases import postgres_database, sqlcipher_database
from tests.scheduling import SharedStages, longest_first

# A busy machine is slow, not wrong: no example is timed.
settings.register_profile("crossing", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("crossing")

REAL_MATERIAL = Path(os.environ.get("CROSSING_REAL_MATERIAL", Path(__file__).parents[2] / "shared" / "data"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Files stay together as asked for, and tests that share a stage do too."""
    return SharedStages(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Alone, tests run in the order of the folders."""
    if hasattr(config, "workerinput"):
        longest_first(items)


def pytest_collection_finish() -> None:
    """What is imported and collected by now stays to the end: the collector need not walk it a thousand times."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def real_material() -> Path | None:
    """A folder of real specimens and lists for wider checks, or None where there is none.

    A test that uses it must also test something without it.
    """
    return REAL_MATERIAL if REAL_MATERIAL.is_dir() else None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a real PostgreSQL server that lives as long as the test run.

    Its data are not under pytest's own folder: whenever another run starts, pytest closes that to all other users,
    and where tests run as root, PostgreSQL is another user.
    """
    with TemporaryDirectory(prefix="crossing-postgres-", ignore_cleanup_errors=True) as folder:
        url, stop = start_embedded_postgres(Path(folder) / "data")
        yield url
        stop()


@pytest.fixture
def post_database(tmp_path: Path) -> Iterator[Database]:
    """An empty post database (SQLCipher)."""
    database = sqlcipher_database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def capital_database(postgres_server: str) -> Iterator[Database]:
    """An empty capital database (PostgreSQL)."""
    with postgres_database(postgres_server) as database:
        yield database


@pytest.fixture(params=["sqlcipher", "postgres"])
def any_database(request: pytest.FixtureRequest) -> Database:
    """Each of the two databases in turn, for what must hold on both."""
    name = "post_database" if request.param == "sqlcipher" else "capital_database"
    database: Database = request.getfixturevalue(name)
    return database
