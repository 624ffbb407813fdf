"""One post and one capital for the tests of replication."""

from pathlib import Path

import pytest

from crossing.platform.db import Database
from tests.integration.replication.world import Capital, Post, prepare


@pytest.fixture
def capital(tmp_path: Path, capital_database: Database) -> Capital:
    folder = tmp_path / "capital"
    folder.mkdir()
    prepare(capital_database)
    return Capital(folder, capital_database)


@pytest.fixture
def post(tmp_path: Path, post_database: Database, capital: Capital) -> Post:
    folder = tmp_path / "post"
    folder.mkdir()
    prepare(post_database)
    post = Post(folder, post_database)
    post.enrol(capital)
    return post
