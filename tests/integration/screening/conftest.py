"""Parts that the tests of the screening room share."""

from pathlib import Path

import pytest

from crossing.platform.blobs import BlobStore
from tests.factories.clock import StandingClock


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs", b"k" * 32)
