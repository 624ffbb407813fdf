"""The simulated devices, on real sockets."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from crossing_devices.simulated.camera_server import CameraServer
from crossing_devices.simulated.scanner_server import ScannerServer

TOKEN = "a token that is long enough for the tests"


@pytest.fixture
def token() -> str:
    return TOKEN


@pytest.fixture
def scanner(token: str) -> Iterator[ScannerServer]:
    with ScannerServer(token) as server:
        yield server


@pytest.fixture
def camera(token: str) -> Iterator[CameraServer]:
    with CameraServer(token) as server:
        yield server


def plain_jpeg(blue: int, green: int, red: int, width: int = 640, height: int = 360) -> bytes:
    """A picture of one colour with some grain, so that it has the size of a small page."""
    grain = np.random.default_rng(0).integers(-6, 6, (height, width, 3))
    picture = np.clip(np.array([blue, green, red]) + grain, 0, 255).astype(np.uint8)
    return cv2.imencode(".jpg", picture)[1].tobytes()


@pytest.fixture
def page() -> bytes:
    return plain_jpeg(200, 210, 220)
