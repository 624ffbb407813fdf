"""How a simulated device is led: over HTTP, with the token, and never into an undefined state."""

import socket

import httpx
import pytest

from crossing_devices.simulated.camera_server import CameraServer
from crossing_devices.simulated.scanner_server import FEEDER_PAGES, ScannerServer
from crossing_devices.simulated.server import MAX_BODY_BYTES
from tests.contract.devices.conftest import plain_jpeg


@pytest.fixture
def auth(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_control_needs_the_token_and_the_protocol_does_not(scanner: ScannerServer, page: bytes) -> None:
    assert httpx.post(f"{scanner.url}/control/pages", content=page).status_code == 401
    assert httpx.get(f"{scanner.url}/control/state").status_code == 401
    assert httpx.get(f"{scanner.url}/eSCL/ScannerStatus").status_code == 200


def test_pages_are_laid_in_and_taken_out(scanner: ScannerServer, auth: dict[str, str], page: bytes) -> None:
    with httpx.Client(base_url=scanner.url, headers=auth) as control:
        assert control.post("/control/pages", content=page).json() == {"pages": 1}
        assert control.post("/control/pages", content=b"no picture").status_code == 409
        assert control.get("/control/state").json() == {"fault": None, "pages": 1, "jammed": False}
        assert control.delete("/control/pages").status_code == 204
        for _ in range(FEEDER_PAGES):
            assert control.post("/control/pages", content=page).status_code == 201
        assert control.post("/control/pages", content=page).status_code == 409


def test_faults_are_set_and_cleared(camera: CameraServer, auth: dict[str, str]) -> None:
    with httpx.Client(base_url=camera.url, headers=auth) as control:
        assert control.post("/control/fault", json={"fault": "freeze", "times": 3}).status_code == 204
        assert control.get("/control/state").json()["fault"] == "freeze"
        assert control.delete("/control/fault").status_code == 204
        assert control.get("/control/state").json() == {"fault": None, "someone": False, "viewers": 0}
        for wrong in ({"fault": "boredom"}, {"fault": "freeze", "times": 0}, {}):
            assert control.post("/control/fault", json=wrong).status_code == 422


def test_a_picture_is_put_before_the_camera(camera: CameraServer, auth: dict[str, str]) -> None:
    with httpx.Client(base_url=camera.url, headers=auth) as control:
        assert control.post("/control/picture", content=plain_jpeg(9, 9, 9)).status_code == 204
        assert control.get("/control/state").json()["someone"] is True
        for wrong in (b"", b"no picture", plain_jpeg(9, 9, 9)[:40]):
            assert control.post("/control/picture", content=wrong).status_code == 422
        assert control.delete("/control/picture").status_code == 204
        assert control.get("/control/state").json()["someone"] is False
        assert control.get("/control/hat").status_code == 404
        assert control.get("/hat").status_code == 404


def test_bodies_without_a_length_or_too_large_are_refused(scanner: ScannerServer, auth: dict[str, str]) -> None:
    url = f"{scanner.url}/control/pages"
    assert httpx.post(url, content=iter([b"x"]), headers=auth).status_code == 411
    with socket.create_connection(("127.0.0.1", scanner.port), 5) as raw:
        head = f"POST /control/pages HTTP/1.1\r\nHost: scanner\r\nContent-Length: {MAX_BODY_BYTES + 1}\r\n\r\n"
        raw.sendall(head.encode())
        assert raw.recv(12) == b"HTTP/1.1 413"


@pytest.mark.parametrize(
    "settings",
    [
        b"",
        b"<not xml",
        b"<other/>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<s:ScanSettings xmlns:s="http://schemas.hp.com/imaging/escl/2011/05/03"><s:XResolution>7</s:XResolution>'
        b"</s:ScanSettings>",
    ],
)
def test_a_scan_job_that_is_none_is_refused(scanner: ScannerServer, page: bytes, settings: bytes) -> None:
    scanner.load(page)
    assert httpx.post(f"{scanner.url}/eSCL/ScanJobs", content=settings).status_code == 400
