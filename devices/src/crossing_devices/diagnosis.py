"""What a technician needs to know of a machine's devices, with no secret and no personal data in it."""

import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from crossing.ports.devices import CONTRACT_VERSION, DeviceList
from crossing_devices import machine
from crossing_devices.config import AgentConfig
from crossing_devices.details import safe_detail
from crossing_devices.drivers import installed
from crossing_devices.faults import FaultList
from crossing_devices.redaction import addresses_redacted, redacted_options, secrets_of, without


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Sections by name, each a JSON text that holds no secret any more."""

    sections: dict[str, str]

    def text(self) -> str:
        """All of it as one JSON object."""
        whole = {name: json.loads(section) for name, section in self.sections.items()}
        return json.dumps(whole, indent=2, ensure_ascii=False)

    def zipped(self) -> bytes:
        """A file for each section."""
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, section in self.sections.items():
                archive.writestr(f"{name}.json", section)
        return content.getvalue()


def diagnosis(
    config: AgentConfig, listed: DeviceList, faults: FaultList, *, secrets: Iterable[str] = ()
) -> Diagnosis:
    """``secrets`` are those that the configuration does not hold, such as the agent's token."""
    hidden = {*secrets, *(secret for device in config.device for secret in secrets_of(device.driver_options()))}
    sections: dict[str, Any] = {
        "versions": {"contract": CONTRACT_VERSION, **machine.versions()},
        "system": machine.system(),
        "configuration": _configuration(config),
        "drivers": installed(),
        "devices": listed.model_dump(mode="json"),
        "faults": faults.model_dump(mode="json"),
        "attached": machine.attached(),
    }
    return Diagnosis(
        {
            name: without(json.dumps(_cleaned(section), indent=2, ensure_ascii=False), hidden)
            for name, section in sections.items()
        }
    )


def _configuration(config: AgentConfig) -> dict[str, Any]:
    return {
        "discovery": config.discovery.model_dump(mode="json"),
        "device": [
            {"id": one.id, "driver": one.driver, "options": redacted_options(one.driver_options())}
            for one in config.device
        ],
    }


def _cleaned(value: Any) -> Any:
    """Every address that a driver or the kernel put into its words loses its password, and every detail its persons:
    an agent that runs elsewhere may be an older one."""
    match value:
        case dict():
            return {name: _cleaned(safe_detail(one) if name == "detail" else one) for name, one in value.items()}
        case list() | tuple():
            return [_cleaned(one) for one in value]
        case str():
            return addresses_redacted(value)
    return value
