"""What the system says of attached devices without opening one: the stable names that udev gives them."""

import re
from pathlib import Path
from typing import Final

_NOT_IN_ID: Final = re.compile(r"[^a-z0-9]+")
_LONGEST_ID: Final = 64


def links(folder: Path) -> list[str]:
    """The names in a ``by-id`` folder whose device is there, sorted; [] where the folder is absent."""
    try:
        return sorted(entry.name for entry in folder.iterdir() if entry.exists())
    except OSError:
        return []


def device_id_of(family: str, name: str) -> str:
    """A device's id from its stable name: ``usb-Maker_Model_SERIAL`` of a camera gives ``camera-maker-model-serial``.

    The end is kept where it is long, because the serial number stands there.
    """
    words = _NOT_IN_ID.sub("-", name.lower().removeprefix("usb-")).strip("-")
    return f"{family}-{words[-(_LONGEST_ID - len(family) - 1) :].strip('-')}"
