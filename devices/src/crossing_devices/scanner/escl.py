"""Page scanners that speak eSCL (Mopria, AirScan): most network scanners, and USB ones behind ``ipp-usb``."""

import contextlib
import datetime as dt
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from functools import cache
from typing import ClassVar, Final
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element, ParseError

import httpx
from defusedxml import DefusedXmlException, ElementTree

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
    Report,
    unheard,
)
from crossing_devices.captures import MAX_CAPTURE_BYTES, Deadline, complete_jpeg
from crossing_devices.options import OptionError, Options

_SCAN: Final = "{http://schemas.hp.com/imaging/escl/2011/05/03}"
_PWG: Final = "{http://www.pwg.org/schemas/2010/12/sm}"
_STATUS_LIMIT: Final = 256 * 1024
_POLL_S: Final = 0.2
_HEALTH_S: Final = 0.8
_CLEAN_UP_S: Final = 0.5
_SETTINGS: Final = """<?xml version="1.0" encoding="UTF-8"?>
<scan:ScanSettings xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03"
                   xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm">
  <pwg:Version>2.0</pwg:Version>
  <scan:Intent>Photo</scan:Intent>
  <pwg:InputSource>{source}</pwg:InputSource>
  <pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat>
  <scan:ColorMode>RGB24</scan:ColorMode>
  <scan:XResolution>{dpi}</scan:XResolution>
  <scan:YResolution>{dpi}</scan:YResolution>
</scan:ScanSettings>
"""


class EsclDriver:
    """Options: ``url`` (``http://host:port/eSCL``), ``source`` (``Feeder`` or ``Platen``), ``resolution_dpi``."""

    name: ClassVar[str] = "escl"
    version: ClassVar[str] = "1.0"
    kind: ClassVar[DeviceKind] = DeviceKind.PAGE_SCANNER

    def __init__(self, options: Mapping[str, str]) -> None:
        read = Options(options)
        self._device_id = read.text("device_id", "escl")
        self._url = read.text("url").rstrip("/") + "/"
        self._source = read.text("source", "Feeder")
        self._dpi = read.number("resolution_dpi", 300, low=75, high=1200)
        read.finish()
        if urlsplit(self._url).scheme not in ("http", "https"):
            raise OptionError("The option 'url' begins with http:// or https://.")
        if self._source not in ("Feeder", "Platen"):
            raise OptionError("The option 'source' is Feeder or Platen.")

    def discover(self) -> list[Device]:
        client = httpx.Client(base_url=self._url, verify=_usual_authorities(), timeout=3, trust_env=False)
        try:
            root = _xml(_bounded_get(client, "ScannerCapabilities", Deadline(3), _STATUS_LIMIT))
        except DeviceError:
            client.close()
            return []
        info = DeviceInfo(
            device_id=self._device_id,
            kind=self.kind,
            driver=self.name,
            driver_version=self.version,
            model=root.findtext(f"{_PWG}MakeAndModel") or "",
            serial=root.findtext(f"{_PWG}SerialNumber") or "",
        )
        return [EsclScanner(client, info, self._source, self._dpi, _resolutions(root))]

    @classmethod
    def offers(cls) -> list[Mapping[str, str]]:
        """None: a scanner on the network would have to be searched for, and may be another lane's."""
        return []


class EsclScanner:
    """One scanner. A capture is one scan job of which one page is taken; the rest stays in the feeder."""

    def __init__(
        self, client: httpx.Client, info: DeviceInfo, source: str, dpi: int, resolutions: tuple[int, ...]
    ) -> None:
        self.info = info
        self._client = client
        self._source = source
        self._dpi = dpi
        self._resolutions = resolutions
        self._scanning = threading.Lock()

    def capabilities(self) -> Capabilities:
        return Capabilities(media_types=("image/jpeg",), resolutions_dpi=self._resolutions)

    def capture(self, request: CaptureRequest, report: Report = unheard) -> Capture:
        if self._client.is_closed:
            raise DeviceError(DeviceFault.VANISHED, "the scanner was closed")
        if not self._scanning.acquire(blocking=False):
            raise DeviceError(DeviceFault.BUSY)
        try:
            page = self._scan(Deadline(request.timeout_s), request.resolution_dpi or self._dpi)
        finally:
            self._scanning.release()
        return Capture(
            device_id=self.info.device_id,
            media_type="image/jpeg",
            content=page,
            captured_at=dt.datetime.now(dt.UTC),
        )

    def stream(self) -> Iterator[bytes]:
        raise DeviceError(DeviceFault.UNSUPPORTED, "a page scanner has no stream")

    def health(self) -> Health:
        if self._client.is_closed:
            return Health(state=HealthState.UNAVAILABLE, fault=DeviceFault.VANISHED)
        try:
            root = _xml(_bounded_get(self._client, "ScannerStatus", Deadline(_HEALTH_S), _STATUS_LIMIT))
        except DeviceError as broken:
            return Health(state=HealthState.UNAVAILABLE, fault=broken.fault)
        if root.findtext(f"{_SCAN}AdfState") == "ScannerAdfJam":
            return Health(state=HealthState.UNAVAILABLE, fault=DeviceFault.JAM)
        idle = root.findtext(f"{_PWG}State") == "Idle"
        return Health(state=HealthState.READY if idle else HealthState.BUSY)

    def close(self) -> None:
        self._client.close()

    def _scan(self, deadline: Deadline, dpi: int) -> bytes:
        job = self._start_job(deadline, dpi)
        try:
            return complete_jpeg(self._next_page(job, deadline))
        finally:
            # A job that is not ended keeps the scanner busy; one that ended by itself answers 404.
            with contextlib.suppress(httpx.HTTPError):
                self._client.delete(job, timeout=_CLEAN_UP_S)

    def _start_job(self, deadline: Deadline, dpi: int) -> str:
        """The job's address, once there is paper. Waits for paper, and for a scanner that is warming up."""
        settings = _SETTINGS.format(source=self._source, dpi=dpi).encode()
        waiting_for = None
        while True:
            try:
                answer = self._post_job(settings, deadline.left_s())
                if answer.status_code == 201 and "Location" in answer.headers:
                    return _same_host(str(self._client.base_url), answer.headers["Location"])
                waiting_for = self._refusal(answer.status_code, deadline)
            except DeviceError as broken:
                if waiting_for is None or broken.fault is not DeviceFault.TIMEOUT:
                    raise
                raise DeviceError(waiting_for) from broken
            time.sleep(_POLL_S)

    def _post_job(self, settings: bytes, timeout_s: float) -> httpx.Response:
        with _faults():
            return self._client.post(
                "ScanJobs", content=settings, headers={"Content-Type": "text/xml"}, timeout=timeout_s
            )

    def _refusal(self, status: int, deadline: Deadline) -> DeviceFault:
        """What a refused job waits for; raises DeviceError where waiting would not help."""
        if status == 503:
            return DeviceFault.BUSY
        if status not in (404, 409):
            raise DeviceError(DeviceFault.FAILED, f"the scanner answered {status}")
        root = _xml(_bounded_get(self._client, "ScannerStatus", deadline, _STATUS_LIMIT))
        if root.findtext(f"{_SCAN}AdfState") == "ScannerAdfJam":
            raise DeviceError(DeviceFault.JAM)
        return DeviceFault.NOTHING_PRESENTED

    def _next_page(self, job: str, deadline: Deadline) -> bytes:
        while True:
            try:
                return _bounded_get(self._client, f"{job}/NextDocument", deadline, MAX_CAPTURE_BYTES)
            except _Refused as refused:
                waiting_for = self._refusal(refused.status, deadline)
                if waiting_for is DeviceFault.NOTHING_PRESENTED:
                    raise DeviceError(waiting_for) from refused
                time.sleep(_POLL_S)


class _Refused(DeviceError):
    def __init__(self, status: int) -> None:
        super().__init__(DeviceFault.FAILED, f"the scanner answered {status}")
        self.status = status


@cache
def _usual_authorities() -> ssl.SSLContext:
    """Read once: it takes 30 ms, and a scanner that is absent is looked for again and again."""
    return httpx.create_ssl_context(trust_env=False)


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    """Every failure of the HTTP client as one of the contract's faults."""
    try:
        yield
    except httpx.TimeoutException as late:
        raise DeviceError(DeviceFault.TIMEOUT, type(late).__name__) from late
    except httpx.TransportError as gone:
        raise DeviceError(DeviceFault.VANISHED, type(gone).__name__) from gone
    except (httpx.HTTPError, httpx.InvalidURL) as broken:
        raise DeviceError(DeviceFault.FAILED, type(broken).__name__) from broken


def _bounded_get(client: httpx.Client, path: str, deadline: Deadline, limit: int) -> bytes:
    """The body of a 200 answer, within the deadline however slowly it drips, and within ``limit`` bytes.

    Raises :class:`_Refused` for another status, DeviceError for everything else.
    """
    content = bytearray()
    with _faults(), client.stream("GET", path, timeout=deadline.left_s()) as answer:
        if answer.status_code != 200:
            raise _Refused(answer.status_code)
        for chunk in answer.iter_bytes():
            content += chunk
            deadline.left_s()
            if len(content) > limit:
                raise DeviceError(DeviceFault.GARBLED, f"more than {limit} bytes")
    return bytes(content)


def _same_host(base: str, location: str) -> str:
    """A job's address at the host that was configured: scanners behind a tunnel name themselves wrongly."""
    return urljoin(base, urlsplit(location).path)


def _xml(content: bytes) -> Element:
    try:
        return ElementTree.fromstring(content)
    except (ParseError, DefusedXmlException, ValueError) as broken:
        raise DeviceError(DeviceFault.GARBLED, "not XML") from broken


def _resolutions(capabilities: Element) -> tuple[int, ...]:
    found = {element.text or "" for element in capabilities.iter(f"{_SCAN}XResolution")}
    return tuple(sorted(int(text) for text in found if text.isdecimal()))
