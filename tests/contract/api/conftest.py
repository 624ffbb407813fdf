"""A post and a capital, served once for the tests of a module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories.databases import postgres_database
from tests.factories.services import CapitalService, PostService, post_settings, running_capital, running_post


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostService]:
    with running_post(post_settings(tmp_path_factory.mktemp("post")), lanes=2) as service:
        yield service


@pytest.fixture(scope="module")
def capital(tmp_path_factory: pytest.TempPathFactory, postgres_server: str) -> Iterator[CapitalService]:
    folder: Path = tmp_path_factory.mktemp("capital")
    with postgres_database(postgres_server) as database, running_capital(folder, database) as service:
        yield service
