"""A device that is configured wrongly is shown with the reason, and takes no other with it."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crossing.ports.devices import CaptureRequest, DeviceError, DeviceFault, DeviceKind, DeviceState, HealthState
from crossing_devices.cli import app
from crossing_devices.config import read_config
from crossing_devices.drivers import likely_kind
from crossing_devices.fleet import Fleet, open_fleet
from tests.factories.misbehaving import PAGE
from tests.integration.devices.conftest import DESK

WHY = {
    "telepath": "there is no driver 'telepathy'; there are: ",
    "typo": "Unknown options: colour.",
    "fingers": "The option 'trust' is a PEM file with certificates.",
    "chip": "needs the Python package 'utopian_smartcard'",
    "elsewhere": "needs the Python package 'utopia_mr8'",
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """One good device among many wrong ones."""
    config = tmp_path / "devices.toml"
    drivers = {
        "telepath": ("telepathy", {}),
        "typo": (DESK, {"script": "a", "colour": "blue"}),
        "fingers": ("sbi", {"trust": f"{tmp_path}/none.pem"}),
        "chip": ("tests.factories.misbehaving:NeedyDriver", {"script": "a"}),
        "elsewhere": ("utopia_mr8:Mr8Driver", {}),
        "good": (DESK, {"script": f"{tmp_path}/good.json"}),
    }
    blocks = [
        f'[[device]]\nid = "{name}"\ndriver = "{driver}"\n[device.options]\n'
        + "".join(f'{option} = "{value}"\n' for option, value in options.items())
        for name, (driver, options) in drivers.items()
    ]
    config.write_text("\n".join([*blocks, "[discovery]\noffers = false\n"]), encoding="utf-8")
    return config


@pytest.fixture
def fleet(config: Path) -> Iterator[Fleet]:
    fleet = open_fleet(read_config(config))
    yield fleet
    fleet.close()


def _by_id(fleet: Fleet) -> dict[str, DeviceState]:
    return {one.info.device_id: one for one in fleet.listing().devices}


def test_each_says_why_it_cannot_be_used_and_the_good_one_works(fleet: Fleet) -> None:
    found = _by_id(fleet)
    assert list(found) == [*WHY, "good"]
    for name, why in WHY.items():
        health = found[name].health
        assert (health.state, health.fault) == (HealthState.UNAVAILABLE, DeviceFault.FAILED), name
        assert health.detail.startswith(why), name
        with pytest.raises(DeviceError, match=why.split(";")[0]):
            fleet.capture(name, CaptureRequest(timeout_s=10))
    assert fleet.capture("good", CaptureRequest(timeout_s=10)).content.startswith(PAGE)


def test_each_is_of_its_kind_though_its_driver_does_not_run(fleet: Fleet) -> None:
    kinds = {name: state.info.kind for name, state in _by_id(fleet).items()}
    assert kinds["typo"] is DeviceKind.PAGE_SCANNER
    assert kinds["fingers"] is DeviceKind.BIOMETRIC
    assert kinds["chip"] is DeviceKind.CHIP_READER


@pytest.mark.parametrize(
    ("driver", "device_id", "kind"),
    [
        ("swipe", "a", DeviceKind.MRZ_SWIPE),
        ("chip", "a", DeviceKind.CHIP_READER),
        ("sbi", "a", DeviceKind.BIOMETRIC),
        ("codes", "camera", DeviceKind.CODE_READER),
        ("sane", "a", DeviceKind.PAGE_SCANNER),
        ("utopia_mr8:Driver", "page-scanner", DeviceKind.PAGE_SCANNER),
        ("mr8", "swipe-1", DeviceKind.MRZ_SWIPE),
        ("mr8", "a", DeviceKind.CAMERA),
    ],
)
def test_a_kind_is_known_by_the_names(driver: str, device_id: str, kind: DeviceKind) -> None:
    assert likely_kind(driver, device_id) is kind


@pytest.mark.parametrize("command", [["list"], ["diagnose"]])
def test_an_operator_is_shown_the_reasons(config: Path, command: list[str]) -> None:
    done = CliRunner().invoke(app, [*command, "--config", str(config)])
    assert done.exit_code == 0, done.output
    assert not [why for why in WHY.values() if why not in done.output]


def test_an_option_reaches_the_driver_as_it_is_written(tmp_path: Path) -> None:
    config = tmp_path / "devices.toml"
    options = "{ a = true, b = false, c = 1, d = 1.5, e = 'x' }"
    config.write_text(f"[[device]]\nid = 'a'\ndriver = 'b'\noptions = {options}\n", encoding="utf-8")
    given = read_config(config).device[0].driver_options()
    assert given == {"a": "true", "b": "false", "c": "1", "d": "1.5", "e": "x"}


def test_what_an_agent_that_was_killed_left_is_swept_away(tmp_path: Path, config: Path) -> None:
    left = Path(tempfile.mkdtemp(prefix=f"crossing-device-{os.getpid()}-1-"))
    (left / "page").write_bytes(PAGE)
    another = Path(tempfile.mkdtemp(prefix="crossing-device-of-somebody-"))
    fleet = open_fleet(read_config(config))
    mine = list(Path(tempfile.gettempdir()).glob(f"crossing-device-{os.getpid()}-*"))
    open_fleet(read_config(config)).close()
    assert not left.exists()
    assert another.exists()
    assert mine
    assert all(folder.exists() for folder in mine)
    fleet.close()
    another.rmdir()
