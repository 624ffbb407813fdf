"""All devices of one machine: the configured ones, and those that drivers found and offer."""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import structlog

from crossing.ports.devices import (
    Capabilities,
    Capture,
    CaptureRequest,
    DeviceError,
    DeviceFault,
    DeviceInfo,
    DeviceList,
    DeviceState,
    Health,
    HealthState,
    Progress,
)
from crossing_devices.captures import Deadline
from crossing_devices.changes import Changes
from crossing_devices.config import AgentConfig
from crossing_devices.drivers import UnknownDriver, installed, target_of
from crossing_devices.faults import FaultBook, FaultList
from crossing_devices.keeper import Order
from crossing_devices.leftovers import sweep_folders
from crossing_devices.offers import Offer, Offers
from crossing_devices.process import Spawner
from crossing_devices.slots import Slot

LOAD_S: Final = 10.0
"""How long a start waits for the drivers. One that hangs is no reason not to start."""
FIRST_LOOK_S: Final = 5.0

_log = structlog.get_logger()


def open_fleet(config: AgentConfig, *, alone: bool = False) -> "Fleet":
    """Starts a worker for every configured device. One that cannot be used as it is configured is unavailable, with
    the reason beside it; the others work. ``alone``: this process starts nothing else.
    """
    sweep_folders()
    orders = [_order(device.id, device.driver, device.driver_options()) for device in config.device]
    fleet = Fleet(orders, _offering(config), alone=alone)
    fleet.wait_for_drivers(LOAD_S)
    return fleet


class Fleet:
    """Safe from any thread. An offered device gets a worker when it is first asked for something."""

    def __init__(self, orders: list[Order], offering: Mapping[str, str], *, alone: bool = False) -> None:
        self.changes = Changes()
        self._book = FaultBook()
        self._spawner = Spawner(alone=alone)
        self._lock = threading.Lock()
        self._closed = False
        self._slots = {order.device_id: self._new_slot(order) for order in orders}
        self._called: dict[str, Slot] = {}
        self._offers = Offers(offering, self._spawner, self._offers_changed, _by_target(orders))
        self._offers.start()

    def wait_for_drivers(self, seconds: float) -> None:
        """Until each has been loaded and given its options, or ``seconds``."""
        deadline = Deadline(seconds)
        for slot in self._slots.values():
            slot.wait_for_driver(deadline)

    def listing(self) -> DeviceList:
        """Configured devices first, then the offered ones. Waits a moment for those never looked at yet."""
        deadline = Deadline(FIRST_LOOK_S)
        generation = self.changes.generation
        configured = [slot.state(deadline) for slot in self._slots.values()]
        with self._lock:
            called = dict(self._called)
        offered = {offer.device_id: _offered(offer) for offer in self._offered()}
        offered.update({device_id: slot.state() for device_id, slot in called.items()})
        return DeviceList(devices=(*configured, *offered.values()), generation=generation)

    def state(self, device_id: str) -> DeviceState:
        """Raises DeviceError UNKNOWN_DEVICE."""
        slot = self._known(device_id)
        return slot.state(Deadline(FIRST_LOOK_S)) if slot else _offered(self._offer(device_id))

    def progress(self, device_id: str) -> Progress | None:
        """Of the capture under way. Raises DeviceError UNKNOWN_DEVICE."""
        slot = self._known(device_id)
        if slot is None:
            self._offer(device_id)
        return slot.progress() if slot else None

    def slot(self, device_id: str) -> Slot:
        """The device, ready to be asked; a worker is started for one that is offered. Raises DeviceError."""
        if known := self._known(device_id):
            return known
        offer = self._offer(device_id)
        order = Order(device_id, offer.driver, offer.target, offer.options, configured=False)
        with self._lock:
            if self._closed:
                raise DeviceError(DeviceFault.VANISHED, "the agent is stopping")
            if device_id not in self._called:
                self._called[device_id] = self._new_slot(order)
            return self._called[device_id]

    def faults(self) -> FaultList:
        """The last faults of all devices."""
        return self._book.listing()

    def capture(self, device_id: str, request: CaptureRequest) -> Capture:
        """Raises DeviceError, and nothing else."""
        return self.slot(device_id).capture(request)

    def wait_for_offers(self, seconds: float) -> None:
        """Until every driver has looked once, or ``seconds``."""
        self._offers.first_round.wait(seconds)

    def close(self) -> None:
        """Ends every process; returns when none is left."""
        self.changes.close()
        self._offers.close()
        with self._lock:
            self._closed = True
            slots = [*self._slots.values(), *self._called.values()]
        if slots:
            with ThreadPoolExecutor(len(slots)) as threads:
                list(threads.map(Slot.close, slots))
        self._spawner.close()

    def _new_slot(self, order: Order) -> Slot:
        return Slot(order, self._spawner, self.changes.note, partial(self._book.note, order.device_id))

    def _known(self, device_id: str) -> Slot | None:
        with self._lock:
            return self._slots.get(device_id) or self._called.get(device_id)

    def _offer(self, device_id: str) -> Offer:
        for offer in self._offered():
            if offer.device_id == device_id:
                return offer
        raise DeviceError(DeviceFault.UNKNOWN_DEVICE)

    def _offered(self) -> list[Offer]:
        """Those that are not configured already, under another name or the same."""
        return [offer for offer in self._offers.current() if not self._is_configured(offer)]

    def _is_configured(self, offer: Offer) -> bool:
        if offer.device_id in self._slots:
            return True
        orders = [slot.order for slot in self._slots.values()]
        return any(one.target == offer.target and offer.options.items() <= one.options.items() for one in orders)

    def _offers_changed(self) -> None:
        """A device that was used and is offered no longer is let go."""
        offered = {offer.device_id: offer for offer in self._offered()}
        with self._lock:
            gone = [
                device_id
                for device_id, slot in self._called.items()
                if device_id not in offered or offered[device_id].options != slot.order.options
            ]
            slots = [self._called.pop(device_id) for device_id in gone]
        self.changes.note()
        for slot in slots:
            slot.close()


def _order(device_id: str, driver: str, options: Mapping[str, str]) -> Order:
    try:
        return Order(device_id, driver, target_of(driver), options)
    except UnknownDriver as unknown:
        return Order(device_id, driver, "", options, wrong=str(unknown))


def _by_target(orders: list[Order]) -> dict[str, list[dict[str, str]]]:
    """The options of the configured devices, by the place of their driver."""
    found: dict[str, list[dict[str, str]]] = {}
    for order in orders:
        found.setdefault(order.target, []).append({"device_id": order.device_id, **order.options})
    return found


def _offering(config: AgentConfig) -> dict[str, str]:
    """The drivers that are asked for what they find."""
    if not config.discovery.offers:
        return {}
    if config.discovery.drivers is None:
        return installed()
    found: dict[str, str] = {}
    for name in config.discovery.drivers:
        try:
            found[name] = target_of(name)
        except UnknownDriver as unknown:
            _log.warning("discovery_without_driver", driver=name, why=str(unknown))
    return found


def _offered(offer: Offer) -> DeviceState:
    return DeviceState(
        info=DeviceInfo(
            device_id=offer.device_id,
            kind=offer.facts.kind,
            driver=offer.facts.name,
            driver_version=offer.facts.version,
        ),
        capabilities=Capabilities(media_types=()),
        health=Health(state=HealthState.READY),
        configured=False,
    )
