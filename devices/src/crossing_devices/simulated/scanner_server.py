"""A network document scanner with a feeder, as eSCL (Mopria, AirScan) describes one.

Real drivers can use it: SANE's ``airscan`` backend scans from it. Beside eSCL there is

=======  ====================  ========================================================================
POST     ``/control/pages``    body: one JPEG, laid into the feeder; answers ``{"pages": N}``
DELETE   ``/control/pages``    empties the feeder
GET      ``/control/state``    ``{"pages": N, "jammed": false, "fault": null}``
POST     ``/control/fault``    ``{"fault": NAME, "times": N or null}``
DELETE   ``/control/fault``    clears the fault and a jam
=======  ====================  ========================================================================

Faults: ``hang`` (a page is promised and never comes), ``drip`` (it comes at some bytes a second), ``cut`` (the
connection ends in its middle), ``garbage`` (what comes is no picture), ``jam``, ``busy``, and ``vanish`` (every
connection is closed unanswered).
"""

import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from typing import Final
from xml.etree.ElementTree import ParseError

import cv2
import numpy as np
from defusedxml import DefusedXmlException, ElementTree

from crossing_devices.simulated.server import Exchange, Fault, SimulatedServer
from crossing_devices.simulated.specimens.photograph import jpeg

FEEDER_PAGES: Final = 50
PAGE_DPI: Final = 300
JOB_IDLE_S: Final = 30.0
_RESOLUTIONS: Final = (150, 200, 300, 600)
_SCAN: Final = "http://schemas.hp.com/imaging/escl/2011/05/03"
_PWG: Final = "http://www.pwg.org/schemas/2010/12/sm"

_CAPABILITIES: Final = f"""<?xml version="1.0" encoding="UTF-8"?>
<scan:ScannerCapabilities xmlns:scan="{_SCAN}" xmlns:pwg="{_PWG}">
  <pwg:Version>2.63</pwg:Version>
  <pwg:MakeAndModel>Crossing Simulated Page Scanner</pwg:MakeAndModel>
  <pwg:SerialNumber>SIM-SCANNER-1</pwg:SerialNumber>
  <scan:UUID>5b1f7f0e-6f0c-4f6e-9d5c-0a3f1c0de001</scan:UUID>
  <scan:Adf>
    <scan:AdfSimplexInputCaps>
      <scan:MinWidth>300</scan:MinWidth><scan:MaxWidth>2550</scan:MaxWidth>
      <scan:MinHeight>300</scan:MinHeight><scan:MaxHeight>3508</scan:MaxHeight>
      <scan:MaxScanRegions>1</scan:MaxScanRegions>
      <scan:SettingProfiles><scan:SettingProfile>
        <scan:ColorModes>
          <scan:ColorMode>RGB24</scan:ColorMode><scan:ColorMode>Grayscale8</scan:ColorMode>
        </scan:ColorModes>
        <scan:DocumentFormats>
          <pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat>
          <scan:DocumentFormatExt>image/jpeg</scan:DocumentFormatExt>
        </scan:DocumentFormats>
        <scan:SupportedResolutions><scan:DiscreteResolutions>
          {{resolutions}}
        </scan:DiscreteResolutions></scan:SupportedResolutions>
      </scan:SettingProfile></scan:SettingProfiles>
    </scan:AdfSimplexInputCaps>
    <scan:FeederCapacity>{FEEDER_PAGES}</scan:FeederCapacity>
    <scan:AdfOptions><scan:AdfOption>DetectPaperLoaded</scan:AdfOption></scan:AdfOptions>
  </scan:Adf>
</scan:ScannerCapabilities>
"""
_RESOLUTION: Final = (
    "<scan:DiscreteResolution><scan:XResolution>{0}</scan:XResolution>"
    "<scan:YResolution>{0}</scan:YResolution></scan:DiscreteResolution>"
)
_STATUS: Final = f"""<?xml version="1.0" encoding="UTF-8"?>
<scan:ScannerStatus xmlns:scan="{_SCAN}" xmlns:pwg="{_PWG}">
  <pwg:Version>2.63</pwg:Version>
  <pwg:State>{{state}}</pwg:State>
  <scan:AdfState>{{adf}}</scan:AdfState>
</scan:ScannerStatus>
"""


class _Job:
    def __init__(self, dpi: int, grey: bool) -> None:
        self.path = f"/eSCL/ScanJobs/{uuid.uuid4()}"
        self.dpi = dpi
        self.grey = grey
        self.used_at = time.monotonic()


class ScannerServer(SimulatedServer):
    """The scanner. ``load`` is what a person's hand does; everything else goes over HTTP."""

    def __init__(self, token: str, port: int = 0) -> None:
        super().__init__(token, port)
        self._lock = threading.Lock()
        self._pages: deque[bytes] = deque()
        self._job: _Job | None = None
        self._jammed = False

    def load(self, page: bytes) -> int:
        """Lay one JPEG into the feeder; returns how many lie there. Raises ValueError: full, or not a JPEG."""
        if not page.startswith(b"\xff\xd8\xff"):
            raise ValueError("a page is a JPEG")
        with self._lock:
            if len(self._pages) >= FEEDER_PAGES:
                raise ValueError("the feeder is full")
            self._pages.append(page)
            return len(self._pages)

    def clear(self) -> None:
        """Take every page out of the feeder."""
        with self._lock:
            self._pages.clear()

    def state(self) -> dict[str, object]:
        with self._lock:
            return {"pages": len(self._pages), "jammed": self._jammed}

    def on_faults_cleared(self) -> None:
        with self._lock:
            self._jammed = False

    def control(self, exchange: Exchange) -> bool:
        if exchange.path != "/control/pages":
            return False
        if exchange.command == "DELETE":
            self.clear()
            exchange.reply(204)
        elif exchange.command == "POST":
            try:
                exchange.reply_json(201, {"pages": self.load(exchange.body)})
            except ValueError as refused:
                exchange.reply(409, str(refused).encode())
        else:
            exchange.reply(405)
        return True

    def answer(self, exchange: Exchange) -> None:
        if self.faults.take(Fault.VANISH):
            exchange.cut()
            return
        self._forget_idle_job()
        fixed: dict[tuple[str, str], Callable[[Exchange], None]] = {
            ("GET", "/eSCL/ScannerCapabilities"): self._capabilities,
            ("GET", "/eSCL/ScannerStatus"): self._status,
            ("POST", "/eSCL/ScanJobs"): self._start_job,
        }
        handler = fixed.get((exchange.command, exchange.path)) or self._job_handler(exchange)
        if handler is None:
            exchange.reply(404)
        else:
            handler(exchange)

    def _job_handler(self, exchange: Exchange) -> Callable[[Exchange], None] | None:
        job = self._job
        if job is None:
            return None
        job.used_at = time.monotonic()
        of_job = {("GET", f"{job.path}/NextDocument"): self._next_document, ("DELETE", job.path): self._end_job}
        return of_job.get((exchange.command, exchange.path))

    def _forget_idle_job(self) -> None:
        with self._lock:
            if self._job and time.monotonic() - self._job.used_at > JOB_IDLE_S:
                self._job = None

    def _capabilities(self, exchange: Exchange) -> None:
        resolutions = "".join(_RESOLUTION.format(dpi) for dpi in _RESOLUTIONS)
        exchange.reply(200, _CAPABILITIES.format(resolutions=resolutions).encode(), "text/xml")

    def _status(self, exchange: Exchange) -> None:
        with self._lock:
            adf = "ScannerAdfLoaded" if self._pages else "ScannerAdfEmpty"
            adf = "ScannerAdfJam" if self._jammed else adf
            state = "Processing" if self._job else "Stopped" if self._jammed else "Idle"
        exchange.reply(200, _STATUS.format(state=state, adf=adf).encode(), "text/xml")

    def _start_job(self, exchange: Exchange) -> None:
        try:
            job = _job_of(exchange.body)
        except ValueError:
            exchange.reply(400)
            return
        busy = self.faults.take(Fault.BUSY)
        with self._lock:
            refusal = 503 if busy or self._job else 409 if self._jammed or not self._pages else None
            if refusal is None:
                self._job = job
        if refusal:
            exchange.reply(refusal)
        else:
            exchange.reply(201, headers={"Location": f"{self.url}{job.path}"})

    def _end_job(self, exchange: Exchange) -> None:
        with self._lock:
            self._job = None
        exchange.reply(200)

    def _next_document(self, exchange: Exchange) -> None:
        fault = self.faults.take(Fault.HANG, Fault.DRIP, Fault.CUT, Fault.GARBAGE, Fault.JAM)
        if fault is Fault.HANG:
            self.stopping.wait(60)
            exchange.cut()
            return
        with self._lock:
            self._jammed = self._jammed or fault is Fault.JAM
            job, jammed = self._job, self._jammed
            page = self._pages.popleft() if self._pages and not jammed else None
            if page is None:
                self._job = None
        if page is None or job is None:
            exchange.reply(409 if jammed else 404)
        else:
            self._send_page(exchange, _scanned(page, job), fault)

    def _send_page(self, exchange: Exchange, page: bytes, fault: Fault | None) -> None:
        if fault is Fault.GARBAGE:
            page = bytes(reversed(page))
        if fault not in (Fault.CUT, Fault.DRIP):
            exchange.reply(200, page, "image/jpeg")
            return
        exchange.send_response(200)
        exchange.send_header("Content-Type", "image/jpeg")
        exchange.send_header("Content-Length", str(len(page)))
        exchange.end_headers()
        if fault is Fault.DRIP:
            self._drip(exchange, page)
        else:
            exchange.wfile.write(page[: len(page) // 2])
            exchange.cut()

    def _drip(self, exchange: Exchange, page: bytes) -> None:
        for start in range(0, len(page), 64):
            exchange.wfile.write(page[start : start + 64])
            if self.stopping.wait(0.1):
                exchange.cut()
                return


def _job_of(settings: bytes) -> _Job:
    """The job that a ``ScanSettings`` document orders. Raises ValueError for anything else."""
    try:
        root = ElementTree.fromstring(settings)
    except (ParseError, DefusedXmlException) as broken:
        raise ValueError("not XML") from broken
    if root.tag != f"{{{_SCAN}}}ScanSettings":
        raise ValueError("not ScanSettings")
    dpi = int(root.findtext(f"{{{_SCAN}}}XResolution") or PAGE_DPI)
    if dpi not in _RESOLUTIONS:
        raise ValueError("no such resolution")
    return _Job(dpi, root.findtext(f"{{{_SCAN}}}ColorMode") == "Grayscale8")


def _scanned(page: bytes, job: _Job) -> bytes:
    """The page as the job wants it; untouched where it already is."""
    if job.dpi == PAGE_DPI and not job.grey:
        return page
    mode = cv2.IMREAD_GRAYSCALE if job.grey else cv2.IMREAD_COLOR
    picture = cv2.imdecode(np.frombuffer(page, np.uint8), mode)
    if picture is None:
        return page
    scale = job.dpi / PAGE_DPI
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=method)
    return jpeg(np.asarray(scaled, dtype=np.uint8), 92)
