"""Which device services listen on this machine, and what stands behind them."""

import re
import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter

from crossing.ports.devices import DeviceError
from crossing_devices.captures import Deadline
from crossing_devices.sbi.client import Service
from crossing_devices.sbi.protocol import DigitalId, ServiceDevice
from crossing_devices.sbi.signatures import unsigned_payload

LOOPBACK: Final = "127.0.0.1"
_AT_ONCE: Final = 16
_CONNECT_S: Final = 0.1
_DEVICES: Final = TypeAdapter(list[ServiceDevice])


@dataclass(frozen=True)
class Found:
    """A device that a service names; nothing of it is certified yet."""

    service: Service
    device: ServiceDevice
    identity: DigitalId

    @property
    def name(self) -> str:
        """The same in every port and after every restart: the kind and the serial number."""
        text = f"{self.identity.kind}-{self.identity.make}-{self.identity.serial}".lower()
        return re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:64].strip("-")


def find(places: Iterable[Service], within_s: float) -> list[Found]:
    """The devices at all of these places, in their order; a place that does not answer in time has none."""
    pool = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="sbi-discovery")
    try:
        asked = [pool.submit(devices_at, place, within_s) for place in places]
        done, _ = wait(asked, timeout=within_s)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return [found for one in asked if one in done for found in one.result()]


def devices_at(service: Service, within_s: float) -> list[Found]:
    """The devices of one service; [] where none answers as one. Never raises for one that misbehaves."""
    if not _listens(service):
        return []
    try:
        return read_devices(service, service.discover(Deadline(within_s)))
    except (DeviceError, ValueError):
        return []


def read_devices(service: Service, content: bytes) -> list[Found]:
    """The answer to ``MOSIPDISC``. Raises ValueError for what is none."""
    named = _DEVICES.validate_json(content)
    return [Found(service, one, DigitalId.model_validate_json(unsigned_payload(one.digital_id))) for one in named]


def _listens(service: Service) -> bool:
    """A connection costs nothing on loopback; a question to each of a hundred ports would."""
    try:
        socket.create_connection((service.host, service.port), timeout=_CONNECT_S).close()
    except OSError:
        return False
    return True
