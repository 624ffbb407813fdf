"""What every test may use: where optional real material lies, and nothing else that is global."""

import os
from pathlib import Path

import pytest

REAL_MATERIAL = Path(os.environ.get("CROSSING_REAL_MATERIAL", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def real_material() -> Path | None:
    """A folder of real specimens and lists for wider checks, or None where there is none.

    A test that uses it must also test something without it.
    """
    return REAL_MATERIAL if REAL_MATERIAL.is_dir() else None
