"""The post's side of the device contract (:mod:`crossing.ports.devices`): asks the device agent over loopback."""

import json
import math
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any, Final, TypeVar
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError

from crossing.platform.errors import DomainError
from crossing.platform.http import Client, HttpError, Response, Scissors, TimedOut, http_client
from crossing.platform.images import MAX_BYTES
from crossing.platform.logs import log
from crossing.ports.chip import ChipRequest
from crossing.ports.devices import Capture, CaptureRequest, DeviceFault, DeviceList, DeviceState, Progress
from crossing.ports.fingers import FingerRequest
from crossing.posts.device_errors import DEVICE_ERRORS, AgentRefused, AgentUnreachable, DeviceGarbled, DeviceTimeout
from crossing.posts.mjpeg import MalformedStream, boundary_of, jpeg_parts

_Answer = TypeVar("_Answer", bound=BaseModel)
_PATIENCE_S: Final = 20.0
"""For everything but a capture: the agent may have to open the device first, which takes up to 10 s."""
_GRACE_S: Final = 2.0
"""The agent answers TIMEOUT itself; ours is for an agent that hangs, and comes a little later."""
_APART_S: Final = 0.15
"""Frames of a burst are so far apart: what comes between them shows the same blink and the same blur."""
_BURST_S: Final = 1.3
_SILENCE_S: Final = 0.7
"""The last wait may begin just before the burst is over: both together are the 2 s that a traveller stands still."""
CHANGES_S: Final = 25.0
"""How long the agent holds a question for changes open while nothing changes."""
_INSTANT: Final = TypeAdapter[datetime](AwareDatetime)


class DeviceClient:
    """One per process, in ``app.state.devices``. Safe for use from several threads.

    Every method raises one of :mod:`crossing.posts.device_errors`, and nothing else, when it does not succeed.
    """

    def __init__(self, base_url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._http = http_client(base_url, headers=headers, connect_s=1.0, total_s=_PATIENCE_S)
        # Questions for changes have connections of their own, so that cutting them off cuts nothing else.
        self._watching = http_client(base_url, headers=headers, connect_s=1.0, total_s=CHANGES_S + _GRACE_S)
        self._scissors = Scissors()

    def list(self) -> tuple[DeviceState, ...]:
        """Every device that the agent knows, with its health; those that are offered come last."""
        return self.listing().devices

    def listing(self) -> DeviceList:
        """The same with its generation, for :meth:`changes`."""
        with self._asking("GET", "/v1/devices") as response:
            return _read(DeviceList, response)

    def changes(self, seen: int) -> DeviceList:
        """The list as soon as its generation is not ``seen``; the unchanged one after :data:`CHANGES_S`."""
        options: dict[str, Any] = {"params": {"seen": seen}, "extensions": self._scissors.extensions}
        with self._asking("GET", "/v1/changes", self._watching, **options) as response:
            return _read(DeviceList, response)

    def stop_watching(self) -> None:
        """Every :meth:`changes`, under way or to come, fails at once as if the agent were gone."""
        self._scissors.cut()

    def state(self, device_id: str) -> DeviceState:
        with self._asking("GET", f"/v1/devices/{_segment(device_id)}") as response:
            return _read(DeviceState, response)

    def capture(
        self,
        device_id: str,
        *,
        timeout_s: float = 10.0,
        resolution_dpi: int | None = None,
        chip: ChipRequest | None = None,
        fingers: FingerRequest | None = None,
    ) -> Capture:
        """One page, frame, line, chip or set of fingers. ``timeout_s`` bounds the device's part, the waiting for
        what is to be presented included. ``chip`` and ``fingers`` say what is asked of such a device."""
        asked = CaptureRequest(timeout_s=timeout_s, resolution_dpi=resolution_dpi, chip=chip, fingers=fingers)
        path = f"/v1/devices/{_segment(device_id)}/capture"
        body = asked.model_dump(mode="json")
        with self._asking("POST", path, json=body, timeout=timeout_s + _GRACE_S) as response:
            return Capture(
                device_id=device_id,
                media_type=response.headers.get("content-type", "application/octet-stream"),
                content=_bounded(response, timeout_s + _GRACE_S),
                captured_at=_captured_at(response),
            )

    def progress(self, device_id: str) -> Progress | None:
        """How far the capture under way is; None where none is, or where it has told nothing yet."""
        with self._asking("GET", f"/v1/devices/{_segment(device_id)}/progress") as response:
            return None if response.status_code == 204 else _read(Progress, response)

    def stream(self, device_id: str) -> Iterator[bytes]:
        """JPEG frames until the caller closes the iterator or the device stops. Errors come with the first frame."""
        return self._frames(device_id, silence_s=_PATIENCE_S, until=math.inf)

    def burst(self, device_id: str, *, most: int = 6) -> tuple[bytes, ...]:
        """Up to ``most`` JPEG frames of about a second, within 2 s. Fewer where the camera is slow or breaks off.

        Raises where there is no frame at all: the device's error, and ``DeviceTimeout`` where nothing came in time.
        """
        taken: list[bytes] = []
        last, room = -math.inf, MAX_BYTES
        until = time.monotonic() + _BURST_S
        try:
            with closing(self._frames(device_id, silence_s=_SILENCE_S, until=until)) as frames:
                for frame in frames:
                    at = time.monotonic()
                    if at - last < _APART_S:
                        continue
                    room -= len(frame)
                    if room < 0:
                        break
                    taken.append(frame)
                    last = at
                    if len(taken) == most:
                        break
        except DomainError as broken:
            if not taken:
                raise
            log.warning("device_burst_broken", device=device_id, code=broken.code, frames=len(taken))
        if not taken:
            raise DeviceTimeout
        return tuple(taken)

    def close(self) -> None:
        self._scissors.cut()
        self._watching.close()
        self._http.close()

    def _frames(self, device_id: str, *, silence_s: float, until: float) -> Generator[bytes]:
        """The frames of a stream, up to the moment ``until`` of the monotonic clock; a device that sends nothing for
        ``silence_s`` is late."""
        path = f"/v1/devices/{_segment(device_id)}/stream"
        with self._asking("GET", path, timeout=silence_s) as response:
            try:
                boundary = boundary_of(response.headers.get("content-type", ""))
                yield from jpeg_parts(_until(response.iter_raw(), until), boundary)
            except MalformedStream as problem:
                log.warning("device_stream_malformed", device=device_id, problem=str(problem))
                raise DeviceGarbled from problem

    @contextmanager
    def _asking(self, method: str, path: str, http: Client | None = None, **options: Any) -> Iterator[Response]:
        """The agent's answer with its body still unread; a failure in any form becomes a domain error."""
        try:
            with (http or self._http).stream(method, path, **options) as response:
                if response.status_code not in (200, 204):
                    raise _fault_of(response)
                yield response
        except TimedOut as error:
            raise DeviceTimeout from error
        except HttpError as error:
            if not self._scissors.closed:
                log.warning("device_agent_unreachable", error=type(error).__name__)
            raise AgentUnreachable from error


def _fault_of(response: Response) -> DomainError:
    """The domain's error for an answer that is no success: by the problem's ``code``, else by the status."""
    if response.status_code == 401:
        return AgentRefused()
    try:
        problem = json.loads(_bounded(response, _PATIENCE_S))
        fault = DeviceFault(problem["code"])
    except (ValueError, KeyError, TypeError):
        fault = DeviceFault.UNKNOWN_DEVICE if response.status_code == 404 else DeviceFault.FAILED
    log.warning("device_fault", fault=fault.value, status=response.status_code)
    return DEVICE_ERRORS[fault]()


def _read(model: type[_Answer], response: Response) -> _Answer:
    try:
        return model.model_validate_json(_bounded(response, _PATIENCE_S))
    except ValidationError as error:
        log.warning("device_agent_garbled", fields=error.error_count())
        raise DeviceGarbled from error


def _bounded(response: Response, within_s: float) -> bytes:
    """The body, if it is of a sane size and comes within ``within_s`` seconds, however slowly it drips."""
    deadline = time.monotonic() + within_s
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > MAX_BYTES:
            raise DeviceGarbled
        if time.monotonic() > deadline:
            raise DeviceTimeout
    return bytes(content)


def _until(chunks: Iterable[bytes], moment: float) -> Iterator[bytes]:
    """The pieces of a body that come before ``moment``, however slowly it drips."""
    for chunk in chunks:
        yield chunk
        if time.monotonic() > moment:
            return


def _captured_at(response: Response) -> datetime:
    try:
        return _INSTANT.validate_python(response.headers.get("Crossing-Captured-At"))
    except ValidationError as error:
        raise DeviceGarbled from error


def _segment(device_id: str) -> str:
    return quote(device_id, safe="", errors="replace")
