"""Which drivers there are, without importing one: a driver's code runs in its worker alone."""

import re
from importlib import import_module
from importlib.metadata import entry_points
from typing import Final

from crossing.ports.devices import ENTRY_POINT_GROUP, DeviceDriver, DeviceKind

_TARGET: Final = re.compile(r"[A-Za-z_]\w*(\.\w+)*:[A-Za-z_]\w*")


_KINDS: Final = {
    "camera": DeviceKind.CAMERA,
    "chip": DeviceKind.CHIP_READER,
    "codes": DeviceKind.CODE_READER,
    "escl": DeviceKind.PAGE_SCANNER,
    "sane": DeviceKind.PAGE_SCANNER,
    "sbi": DeviceKind.BIOMETRIC,
    "swipe": DeviceKind.MRZ_SWIPE,
}


class UnknownDriver(LookupError):
    """No installed driver has this name; the message lists those that there are."""


def installed() -> dict[str, str]:
    """The names of the installed drivers and where each is, as ``module:Class``."""
    return {point.name: point.value for point in sorted(entry_points(group=ENTRY_POINT_GROUP))}


def target_of(driver: str) -> str:
    """Where a driver is: by its name, or, while one is being written, by ``module:Class`` itself.

    Raises :class:`UnknownDriver`.
    """
    if _TARGET.fullmatch(driver):
        return driver
    known = installed()
    if driver not in known:
        raise UnknownDriver(f"there is no driver {driver!r}; there are: {', '.join(known) or 'none'}.")
    return known[driver]


def likely_kind(driver: str, device_id: str) -> DeviceKind:
    """What kind of device a driver is for while it has not said so: by its name, else by the words of both names.

    A camera where nothing is known: the kind that a post most likely has.
    """
    if driver in _KINDS:
        return _KINDS[driver]
    words = re.split(r"[^a-z0-9]+", f"{driver} {device_id}".lower())
    hint = "_".join(words)
    said = next((kind for kind in DeviceKind if kind.value in hint), None)
    return said or next((_KINDS[word] for word in words if word in _KINDS), DeviceKind.CAMERA)


def load(target: str) -> type[DeviceDriver]:
    """The class itself; only a worker calls this. Raises whatever the driver's module raises."""
    module, _, name = target.partition(":")
    driver = getattr(import_module(module), name)
    if not isinstance(driver, type):
        raise TypeError(f"{target} is no class")
    return driver
