"""Facts of the machine that matter to its devices: what the kernel sees, and which services are there."""

import grp
import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

_COMMAND_S: Final = 5.0
_LONGEST: Final = 4000
_PACKAGES: Final = (
    "crossing",
    "crossing-devices",
    "fastapi",
    "httpx",
    "opencv-python-headless",
    "pydantic",
    "pyscard",
    "pyserial",
    "uvicorn",
    "wsq",
    "zxing-cpp",
)
_GROUPS: Final = ("video", "dialout", "scanner", "plugdev", "lp", "pcscd")


def versions() -> dict[str, str]:
    """Of Python and of the packages that drivers stand on; empty where one is not installed."""
    return {"python": platform.python_version(), **{name: _version(name) for name in _PACKAGES}}


def system() -> dict[str, Any]:
    """The operating system, without the machine's and its users' names."""
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "distribution": _distribution(),
        "processors": os.cpu_count(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "groups_of_this_user": _groups(),
    }


def attached() -> dict[str, Any]:
    """What the kernel, SANE and PC/SC see. Nothing is opened, so nothing is disturbed."""
    return {
        "usb": [_usb(place) for place in sorted(Path("/sys/bus/usb/devices").glob("[0-9]*-*")) if _is_device(place)],
        "video": {
            place.name: _text(place / "name") for place in sorted(Path("/sys/class/video4linux").glob("video*"))
        },
        "serial": [
            place.name
            for kind in ("ttyUSB*", "ttyACM*", "serial/by-id/*")
            for place in sorted(Path("/dev").glob(kind))
        ],
        "pcscd": {"socket": Path("/run/pcscd/pcscd.comm").exists(), "version": _said("pcscd", "--version")},
        "sane": {
            "scanimage": _said("scanimage", "--version"),
            "backends": [line for line in _text(Path("/etc/sane.d/dll.conf")).splitlines() if line[:1].isalnum()],
        },
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return ""


def _groups() -> list[str]:
    mine = {os.getegid(), *os.getgroups()}
    return [one.gr_name for one in grp.getgrall() if one.gr_name in _GROUPS and one.gr_gid in mine]


def _is_device(place: Path) -> bool:
    return ":" not in place.name


def _usb(place: Path) -> Mapping[str, str]:
    """No serial numbers: a telephone's is its owner's."""
    return {name: _text(place / name) for name in ("idVendor", "idProduct", "manufacturer", "product")}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()[:_LONGEST]
    except OSError:
        return ""


def _said(command: str, argument: str) -> str:
    """The first line that a command prints; empty where it is not there or does not answer."""
    place = shutil.which(command) or shutil.which(command, path="/usr/sbin:/usr/bin")
    if place is None:
        return ""
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command of the system
            [place, argument], capture_output=True, text=True, errors="replace", timeout=_COMMAND_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as failed:
        return type(failed).__name__
    return (done.stdout or done.stderr).partition("\n")[0][:200]
