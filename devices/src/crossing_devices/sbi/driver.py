"""Finger scanners and face cameras behind an SBI device service on this machine."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import urlsplit

from crossing.ports.devices import Device, DeviceInfo, DeviceKind
from crossing_devices.options import OptionError, Options
from crossing_devices.sbi import protocol
from crossing_devices.sbi.client import Service
from crossing_devices.sbi.device import SbiDevice, Settings
from crossing_devices.sbi.encryption import DecryptionKey
from crossing_devices.sbi.services import LOOPBACK, Found, find
from crossing_devices.sbi.signatures import Trust

_OFFER_S: Final = 0.8
_DISCOVER_S: Final = 3.0
_MODES: Final = {"registration": ("RCAPTURE", "Registration"), "auth": ("CAPTURE", "Auth")}
_ENVIRONMENTS: Final = ("Staging", "Developer", "Pre-Production", "Production")
_PORTS: Final = f"{protocol.PORTS.start}-{protocol.PORTS.stop - 1}"


class SbiDriver:
    """Options: ``url`` (``http://127.0.0.1:4501``) or ``ports`` (``4501-4600``), ``type`` (``Finger`` or ``Face``),
    ``serial`` (of the device, where several are attached), ``trust`` (PEM file: the authorities whose devices are
    believed; nothing is captured without), ``mode`` (``registration``: signed records; ``auth``: encrypted ones),
    ``decryption_key`` (PEM file: RSA key and certificate, for ``auth``), ``domain`` (``domainUri`` of ``auth``),
    ``purpose`` (where it differs from the mode's), ``env`` (``Production``), ``versions`` (``1.0,0.9.5``),
    ``quality`` (0 to 100, in place of each request's own).

    A finger scanner is ``BIOMETRIC``; a face camera gives pictures like any other and is a ``CAMERA``.
    """

    name: ClassVar[str] = "sbi"
    version: ClassVar[str] = "1.0"
    kind: ClassVar[DeviceKind] = DeviceKind.BIOMETRIC

    def __init__(self, options: Mapping[str, str]) -> None:
        read = Options(options)
        self._device_id = read.text("device_id", "sbi")
        self._places = _places(read.text("url", ""), read.text("ports", _PORTS))
        self._type = read.text("type", protocol.FINGER)
        self._serial = read.text("serial", "")
        self._settings = _settings(read)
        read.finish()
        if self._type not in (protocol.FINGER, protocol.FACE):
            raise OptionError("The option 'type' is Finger or Face.")

    def discover(self) -> list[Device]:
        return [
            SbiDevice(self._info(one), one, self._settings)
            for one in find(self._places, _DISCOVER_S)
            if one.identity.kind == self._type and self._serial in ("", one.identity.serial)
        ]

    @classmethod
    def offers(cls) -> list[Mapping[str, str]]:
        """The devices of every service on SBI's hundred ports; whom to trust has still to be configured."""
        found = find([Service(LOOPBACK, port) for port in protocol.PORTS], _OFFER_S)
        offered = {
            one.name: {"device_id": one.name, "type": one.identity.kind, "serial": one.identity.serial}
            for one in found
            if one.identity.kind in (protocol.FINGER, protocol.FACE)
        }
        return [offered[name] for name in sorted(offered)]

    def _info(self, found: Found) -> DeviceInfo:
        return DeviceInfo(
            device_id=self._device_id,
            kind=DeviceKind.CAMERA if found.identity.kind == protocol.FACE else self.kind,
            driver=self.name,
            driver_version=self.version,
            vendor=found.identity.make,
            model=found.identity.model,
            serial=found.identity.serial,
        )


def _places(url: str, ports: str) -> list[Service]:
    if url:
        return [_place(url)]
    match = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", ports)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= last <= 65_535 or last - first >= len(protocol.PORTS):
        raise OptionError("The option 'ports' is one port, or at most a hundred as 4501-4600.")
    return [Service(LOOPBACK, port) for port in range(first, last + 1)]


def _place(url: str) -> Service:
    """SBI is spoken without encryption: fingerprints stay on this machine."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 0
    except ValueError as broken:
        raise OptionError("The option 'url' is no address.") from broken
    if parts.scheme != "http" or host not in (LOOPBACK, "localhost", "::1") or not port or parts.path.strip("/"):
        raise OptionError("The option 'url' is http://127.0.0.1:PORT; a device service is on this machine.")
    return Service(host, port)


def _settings(read: Options) -> Settings:
    mode = read.text("mode", "registration")
    if mode not in _MODES:
        raise OptionError("The option 'mode' is registration or auth.")
    method, purpose = _MODES[mode]
    key_file, domain, trust_file = read.text("decryption_key", ""), read.text("domain", ""), read.text("trust", "")
    env = read.text("env", "Production")
    if env not in _ENVIRONMENTS:
        raise OptionError(f"The option 'env' is one of {', '.join(_ENVIRONMENTS)}.")
    if (mode == "auth") != bool(key_file):
        raise OptionError("The option 'decryption_key' belongs to the mode auth, and to it alone.")
    quality = read.number("quality", 0, low=0, high=100)
    return Settings(
        method=method,
        purpose=read.text("purpose", purpose),
        env=env,
        versions=_versions(read.text("versions", ",".join(protocol.VERSIONS))),
        domain=domain if mode == "auth" else None,
        quality=quality or None,
        trust=_trust(trust_file) if trust_file else None,
        key=_key(key_file) if key_file else None,
    )


def _versions(text: str) -> tuple[str, ...]:
    named = tuple(one.strip() for one in text.split(","))
    if not named or not set(named) <= set(protocol.VERSIONS):
        raise OptionError(f"The option 'versions' names versions of SBI: {', '.join(protocol.VERSIONS)}.")
    return named


def _trust(path: str) -> Trust:
    try:
        return Trust.read(Path(path))
    except (OSError, ValueError) as broken:
        raise OptionError("The option 'trust' is a PEM file with certificates.") from broken


def _key(path: str) -> DecryptionKey:
    try:
        return DecryptionKey.read(Path(path))
    except (OSError, ValueError) as broken:
        raise OptionError(
            "The option 'decryption_key' is a PEM file with an RSA key and its certificate."
        ) from broken
