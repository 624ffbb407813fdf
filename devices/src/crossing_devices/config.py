"""The agent's configuration: which devices there are, which driver speaks to each, and which look for more.

::

    [[device]]
    id = "page-scanner"
    driver = "escl"
    options = { url = "http://127.0.0.1:8300/eSCL" }

    [discovery]
    drivers = ["camera", "chip"]
"""

import tomllib
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr, ValidationError

DEFAULT_CONFIG: Final = Path("/etc/crossing/devices.toml")


class ConfigError(RuntimeError):
    """The configuration cannot be used; the message is one line that names file and place."""


class DeviceConfig(BaseModel):
    """One ``[[device]]``. Numbers and booleans among the options reach the driver as their text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    driver: str
    options: dict[str, StrictBool | StrictInt | StrictFloat | StrictStr] = {}

    def driver_options(self) -> dict[str, str]:
        """Without ``device_id``, which the worker adds. Booleans are ``true`` and ``false``, as in the file."""
        return {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in self.options.items()
        }


class DiscoveryConfig(BaseModel):
    """``[discovery]``: whether drivers look for devices by themselves, and which do; all of them where absent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    offers: bool = True
    drivers: tuple[str, ...] | None = None


class AgentConfig(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    device: tuple[DeviceConfig, ...] = ()
    discovery: DiscoveryConfig = DiscoveryConfig()


def read_config_or_default(path: Path | None) -> AgentConfig:
    """That file; without one, the machine's own, and where there is none yet, what drivers find by themselves.

    Raises :class:`ConfigError`.
    """
    if path is None and not DEFAULT_CONFIG.exists():
        return AgentConfig()
    return read_config(path or DEFAULT_CONFIG)


def read_config(path: Path) -> AgentConfig:
    """Raises :class:`ConfigError`."""
    try:
        config = AgentConfig.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as broken:
        raise ConfigError(f"{path} cannot be read.") from broken
    except tomllib.TOMLDecodeError as broken:
        raise ConfigError(f"{path} is not TOML: {broken}.") from broken
    except ValidationError as broken:
        first = broken.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path}: {place}: {first['msg']}.") from broken
    ids = [device.id for device in config.device]
    doubled = sorted({one for one in ids if ids.count(one) > 1})
    if doubled:
        raise ConfigError(f"{path}: the device id {doubled[0]!r} is there twice.")
    return config
