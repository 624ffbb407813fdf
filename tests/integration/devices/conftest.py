"""Devices in worker processes of their own, led by a script each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crossing_devices.config import AgentConfig, DeviceConfig, DiscoveryConfig
from crossing_devices.fleet import Fleet, open_fleet
from tests.factories.misbehaving import Script

ROOT = Path(__file__).resolve().parents[3]
DESK = "tests.factories.misbehaving:DeskDriver"


@pytest.fixture(autouse=True)
def _workers_find_the_test_drivers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def script(tmp_path: Path) -> Script:
    return Script(tmp_path / "bad.json")


def desk_fleet(folder: Path) -> Fleet:
    """A device ``bad`` that does what its script in ``folder`` says, and a ``good`` one."""
    devices = tuple(
        DeviceConfig(id=name, driver=DESK, options={"script": str(folder / f"{name}.json")})
        for name in ("bad", "good")
    )
    return open_fleet(AgentConfig(device=devices, discovery=DiscoveryConfig(offers=False)))


@pytest.fixture
def fleet(tmp_path: Path, script: Script) -> Iterator[Fleet]:
    fleet = desk_fleet(tmp_path)
    yield fleet
    fleet.close()
