"""The real engines, loaded once for the whole run."""

import pytest

from crossing.faces.engines import open_engine
from crossing.faces.engines.base import FaceEngine
from crossing.faces.service import FaceService
from crossing.faces.thresholds import Thresholds
from tests.factories.portraits import MODELS


@pytest.fixture(scope="session", params=["fused", "sface", "dlib"])
def any_engine(request: pytest.FixtureRequest) -> FaceEngine:
    return open_engine(MODELS, request.param)


@pytest.fixture(scope="session")
def service() -> FaceService:
    return FaceService(open_engine(MODELS), Thresholds.load())
