"""The agent's configuration and token: a mistake is told in one line, before a device is opened."""

from pathlib import Path

import pytest

from crossing.ports.devices import DeviceFault
from crossing_devices.config import AgentConfig, ConfigError, DeviceConfig, DiscoveryConfig, read_config
from crossing_devices.fleet import open_fleet
from crossing_devices.tokens import TokenError, is_authorised, read_or_create


def _config(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "devices.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_devices_are_read_with_their_options_as_text(tmp_path: Path) -> None:
    path = _config(tmp_path, '[[device]]\nid = "c"\ndriver = "camera"\noptions = { source = "0", width = 640 }\n')
    device = read_config(path).device[0]
    assert device.driver_options() == {"source": "0", "width": "640"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[device]", "is not TOML"),
        ('[[device]]\nid = "a"\n', "device.0.driver"),
        ('[[device]]\nid = "A b"\ndriver = "escl"\n', "device.0.id"),
        ('[[device]]\nid = "a"\ndriver = "escl"\n' * 2, "is there twice"),
        ('colour = "blue"\n', "colour"),
    ],
)
def test_a_wrong_configuration_names_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as refused:
        read_config(_config(tmp_path, text))
    assert "\n" not in str(refused.value)


def test_an_absent_configuration_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_config(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("driver", "options", "told"),
    [
        ("telepathy", {}, "there is no driver 'telepathy'; there are: camera, "),
        ("escl", {}, "'url' is missing"),
        ("escl", {"url": "ftp://scanner"}, "http"),
        ("escl", {"url": "http://scanner", "source": "Hat"}, "Feeder or Platen"),
        ("escl", {"url": "http://scanner", "resolution_dpi": "fine"}, "whole number"),
        ("camera", {"source": "0", "colour": "blue"}, "Unknown options: colour"),
        ("camera", {"source": ""}, "'source' is empty"),
        ("sane", {"backend": "../up"}, "backend"),
    ],
)
def test_wrong_options_are_told_beside_the_device(driver: str, options: dict[str, str], told: str) -> None:
    device = DeviceConfig(id="a", driver=driver, options={**options})
    fleet = open_fleet(AgentConfig(device=(device,), discovery=DiscoveryConfig(offers=False)))
    health = fleet.state("a").health
    fleet.close()
    assert health.fault is DeviceFault.FAILED
    assert told in health.detail


def test_a_token_is_written_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "token"
    token = read_or_create(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_or_create(path) == token


def test_a_token_that_others_can_read_or_guess_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("short", encoding="ascii")
    path.chmod(0o644)
    with pytest.raises(TokenError, match="chmod 600"):
        read_or_create(path)
    path.chmod(0o600)
    with pytest.raises(TokenError, match="shorter"):
        read_or_create(path)
    with pytest.raises(TokenError, match="cannot be written"):
        read_or_create(tmp_path / "none" / "token")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", "Basic secret", "Bearer sécret", "secret"])
def test_only_the_token_authorises(header: str | None) -> None:
    assert not is_authorised(header, "secret")
    assert is_authorised("Bearer secret", "secret")
