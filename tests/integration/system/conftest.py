"""A post with devices on their real protocols: a scanner, a camera, the agent, and one lane where they stand."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from crossing.identity.roles import Role
from crossing_devices.agent import create_agent
from crossing_devices.config import AgentConfig, DeviceConfig, DiscoveryConfig
from crossing_devices.fleet import open_fleet
from crossing_devices.simulated.camera_server import CameraServer
from crossing_devices.simulated.scanner_server import ScannerServer
from crossing_devices.simulated.server import Fault, FaultOrder
from tests.factories.services import CAMERA, SCANNER, PostService, post_settings, running_post
from tests.factories.serving import PLAIN, serving

TOKEN = "the agent's token, long enough for a test"


@dataclass(frozen=True, slots=True)
class Devices:
    """Agent, scanner and camera of the lane."""

    scanner: ScannerServer
    camera: CameraServer
    agent_url: str

    def lay(self, page: bytes) -> None:
        """Take out what lies in the scanner, and lay in one page."""
        httpx.delete(f"{self.scanner.url}/control/pages", headers={"Authorization": f"Bearer {TOKEN}"}, verify=PLAIN)
        self.scanner.load(page)

    def mend(self) -> None:
        for device in (self.scanner, self.camera):
            device.faults.set(None)
            device.on_faults_cleared()

    def fail(self, device: ScannerServer | CameraServer, fault: Fault) -> None:
        device.faults.set(FaultOrder(fault=fault))


@pytest.fixture(scope="module")
def devices() -> Iterator[Devices]:
    with ScannerServer(TOKEN) as scanner, CameraServer(TOKEN) as camera:
        config = AgentConfig(
            device=(
                DeviceConfig(id=SCANNER, driver="escl", options={"url": f"{scanner.url}/eSCL"}),
                DeviceConfig(id=CAMERA, driver="camera", options={"source": f"{camera.url}/stream"}),
            ),
            discovery=DiscoveryConfig(offers=False),
        )
        with serving(create_agent(open_fleet(config), TOKEN)) as port:
            yield Devices(scanner, camera, f"http://127.0.0.1:{port}")


@pytest.fixture(scope="module")
def post(devices: Devices, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostService]:
    settings = post_settings(
        tmp_path_factory.mktemp("post"), agent_url=devices.agent_url, agent_token=TOKEN, capture_timeout_s=3
    )
    with running_post(settings, lanes=2) as service:
        yield service


@pytest.fixture(scope="module")
def officer(post: PostService) -> httpx.Client:
    return post.officer(Role.OFFICER, Role.SECOND_LINE, login="officer")
