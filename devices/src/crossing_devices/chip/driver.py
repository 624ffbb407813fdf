"""The chip reader as a device: a PC/SC reader, or the place where a virtual card of the training is laid on."""

import datetime as dt
import importlib.util
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar, Final

import structlog

from crossing.ports.chip import MEDIA_TYPE, ChipDump
from crossing.ports.devices import (
    Capabilities,
    Capture,
    CaptureRequest,
    Device,
    DeviceError,
    DeviceFault,
    DeviceInfo,
    DeviceKind,
    Health,
    HealthState,
    Progress,
    Report,
    unheard,
)
from crossing_devices.captures import Deadline
from crossing_devices.chip import reader_names, vpcd
from crossing_devices.chip.bounded import CallLine
from crossing_devices.chip.cards import CardReader
from crossing_devices.chip.errors import ChipError, Unsupported, WrongKey
from crossing_devices.chip.session import read_chip
from crossing_devices.options import OptionError, Options

WAITING: Final = "wait"
"""The step while no document lies on the reader."""

_log = structlog.get_logger()


class ChipDriver:
    """Options: ``reader`` (a PC/SC reader's name or a part of it; empty takes the first contactless one;
    ``vpcd://127.0.0.1:PORT`` listens for a virtual card), and ``wait`` (how many seconds a capture waits for a
    document to be laid on, within its own time-out).
    """

    name: ClassVar[str] = "chip"
    version: ClassVar[str] = "1.0"
    kind: ClassVar[DeviceKind] = DeviceKind.CHIP_READER

    def __init__(self, options: Mapping[str, str]) -> None:
        read = Options(options)
        self._device_id = read.text("device_id", "chip")
        self._reader = read.text("reader", "")
        self._wait_s = read.number("wait", 60, low=1, high=600)
        read.finish()
        self._virtual = _virtual_address(self._reader)
        if self._virtual is None and not _has_pyscard():
            raise OptionError("PC/SC readers need pyscard: install crossing-devices with the extra 'pcsc'.")

    def discover(self) -> list[Device]:
        found = self._found_pcsc() if self._virtual is None else self._listening(*self._virtual)
        if found is None:
            return []
        reader, name = found
        info = DeviceInfo(
            device_id=self._device_id,
            kind=self.kind,
            driver=self.name,
            driver_version=self.version,
            model=name.model,
            serial=name.serial,
        )
        return [ChipReader(info, reader, self._wait_s)]

    @classmethod
    def offers(cls) -> list[Mapping[str, str]]:
        """Every reader that pcscd knows, unless its name says that it reads by contact alone."""
        try:
            names = [reader_names.parse(given) for given in _pcsc_names()]
        except DeviceError as failed:
            _log.info("no_pcsc_readers", why=failed.detail)
            return []
        offered: dict[str, Mapping[str, str]] = {}
        for name in names:
            if name.may_be_contactless:
                offered.setdefault(name.device_id, {"device_id": name.device_id, "reader": name.given})
        return list(offered.values())

    @classmethod
    def identity(cls, options: Mapping[str, str]) -> str | None:
        """The whole name of the reader that a part of it, or no name, means now."""
        wanted = options.get("reader", "")
        if wanted.startswith(vpcd.SCHEME):
            return wanted
        try:
            return reader_names.chosen(_pcsc_names(), wanted)
        except DeviceError:
            return None

    def _found_pcsc(self) -> "tuple[CardReader, reader_names.ReaderName] | None":
        from crossing_devices.chip.pcsc import PcscReader  # noqa: PLC0415 - pyscard is an extra

        try:
            given = reader_names.chosen(_pcsc_names(), self._reader)
        except DeviceError as failed:
            _log.warning("chip_reader_not_found", device=self._device_id, why=failed.detail)
            return None
        return None if given is None else (PcscReader(given), reader_names.parse(given))

    def _listening(self, host: str, port: int) -> "tuple[CardReader, reader_names.ReaderName] | None":
        try:
            reader = vpcd.VpcdReader(host, port)
        except OSError as taken:
            _log.warning("virtual_reader_not_opened", device=self._device_id, port=port, why=taken.strerror)
            return None
        return reader, reader_names.ReaderName(self._reader, "Virtual card", "", "00")


class ChipReader:
    """Reads the chip of the document that lies there, or of the next one that is laid on."""

    def __init__(self, info: DeviceInfo, reader: CardReader, wait_s: float) -> None:
        self.info = info
        self._reader = reader
        self._wait_s = wait_s
        self._capturing = threading.Lock()

    def capabilities(self) -> Capabilities:
        return Capabilities(media_types=(MEDIA_TYPE,))

    def capture(self, request: CaptureRequest, report: Report = unheard) -> Capture:
        """The dump as JSON. REFUSED: the chip does not accept the key that the request gives."""
        asked = request.chip
        if asked is None:
            raise DeviceError(DeviceFault.UNSUPPORTED, "nothing says what is to be read from the chip")
        if not self._capturing.acquire(blocking=False):
            raise DeviceError(DeviceFault.BUSY)
        try:
            deadline = Deadline(request.timeout_s)
            report(Progress(step=WAITING))
            card = self._reader.wait_for_card(self._wait_s, deadline)
            try:
                dump = _told(lambda: read_chip(card, asked, report, deadline))
            finally:
                card.close()
        finally:
            self._capturing.release()
        return Capture(
            device_id=self.info.device_id,
            media_type=MEDIA_TYPE,
            content=dump.model_dump_json().encode(),
            captured_at=dt.datetime.now(dt.UTC),
        )

    def stream(self) -> Iterator[bytes]:
        raise DeviceError(DeviceFault.UNSUPPORTED, "a chip reader has no stream")

    def health(self) -> Health:
        if self._capturing.locked():
            return Health(state=HealthState.BUSY)
        trouble = self._reader.trouble()
        if trouble is not None:
            return Health(state=HealthState.UNAVAILABLE, fault=DeviceFault.VANISHED, detail=trouble)
        return Health(state=HealthState.READY)

    def close(self) -> None:
        self._reader.close()


def _told(read: Callable[[], ChipDump]) -> ChipDump:
    """What a chip does wrong, in the words of the device contract."""
    try:
        return read()
    except WrongKey as refused:
        raise DeviceError(DeviceFault.REFUSED, str(refused)) from refused
    except Unsupported as foreign:
        raise DeviceError(DeviceFault.UNSUPPORTED, str(foreign)) from foreign
    except ChipError as wrong:
        raise DeviceError(DeviceFault.GARBLED, str(wrong)) from wrong


def _virtual_address(reader: str) -> tuple[str, int] | None:
    if not reader.startswith(vpcd.SCHEME):
        return None
    try:
        return vpcd.address_of(reader)
    except ValueError as wrong:
        raise OptionError("The option 'reader' is vpcd://127.0.0.1:PORT for a virtual card.") from wrong


def _has_pyscard() -> bool:
    return importlib.util.find_spec("smartcard") is not None


def _pcsc_names() -> list[str]:
    """Raises DeviceError where the service does not answer."""
    if not _has_pyscard():
        return []
    from crossing_devices.chip import pcsc  # noqa: PLC0415 - pyscard is an extra

    line = CallLine("pcsc-names")
    try:
        return pcsc.reader_names(line)
    finally:
        line.close()
