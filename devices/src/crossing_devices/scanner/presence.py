"""Whether a SANE device is there, from its name alone: opening it would take seconds, and the device."""

import re
import socket
from pathlib import Path
from typing import Final

USB_NODES: Final = Path("/dev/bus/usb")
_CONNECT_S: Final = 0.5
# The net backend has no other port than that of the service "sane-port" (sane-net(5), /etc/services).
_SANED_PORT: Final = 6566
_USB: Final = re.compile(r"libusb:(\d{3}):(\d{3})")
_NET: Final = re.compile(r"net:(?:\[([^\]]+)\]|([^:\[\]]+)):")


def may_be_there(device: str) -> bool:
    """False where the device is known to be gone: its USB node, or the host that has it. Takes half a second at most.

    Names of other kinds tell nothing; such a device counts as there until a scan shows otherwise.
    """
    if usb := _USB.search(device):
        return (USB_NODES / usb[1] / usb[2]).exists()
    if net := _NET.match(device):
        return _answers(net[1] or net[2])
    return True


def _answers(host: str) -> bool:
    try:
        socket.create_connection((host, _SANED_PORT), _CONNECT_S).close()
    except OSError:
        return False
    return True
