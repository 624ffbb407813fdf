"""The devices of an agent that runs already, asked over its HTTP interface."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar
from urllib.parse import quote

import httpx
from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError

from crossing.ports.devices import Capture, CaptureRequest, DeviceError, DeviceFault, DeviceList
from crossing_devices.captures import MAX_CAPTURE_BYTES
from crossing_devices.faults import FaultList

_PATIENCE_S: Final = 10.0
_GRACE_S: Final = 2.0
_INSTANT: Final = TypeAdapter(AwareDatetime)
_Answer = TypeVar("_Answer", bound=BaseModel)


class AgentAway(RuntimeError):
    """The agent does not answer, or not as an agent does; the message is one line."""


class RemoteAgent:
    """Raises AgentAway where there is no agent, DeviceError where a device does not deliver."""

    def __init__(self, url: str, token: str) -> None:
        self._http = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=_PATIENCE_S, trust_env=False
        )

    def listing(self) -> DeviceList:
        return self._read(DeviceList, "/v1/devices")

    def faults(self) -> FaultList:
        return self._read(FaultList, "/v1/faults")

    def capture(self, device_id: str, request: CaptureRequest) -> Capture:
        path = f"/v1/devices/{quote(device_id, safe='')}/capture"
        with _asking():
            answer = self._http.post(path, json=request.model_dump(mode="json"), timeout=request.timeout_s + _GRACE_S)
        if answer.status_code != httpx.codes.OK:
            raise _fault(answer)
        try:
            captured_at = _INSTANT.validate_python(answer.headers.get("Crossing-Captured-At"))
        except ValidationError as wrong:
            raise AgentAway("What answers there is no device agent.") from wrong
        if len(answer.content) > MAX_CAPTURE_BYTES:
            raise DeviceError(DeviceFault.GARBLED, "more than 20 MB")
        media_type = answer.headers.get("Content-Type", "")
        return Capture(device_id=device_id, media_type=media_type, content=answer.content, captured_at=captured_at)

    def close(self) -> None:
        self._http.close()

    def _read(self, model: type[_Answer], path: str) -> _Answer:
        with _asking():
            answer = self._http.get(path)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise AgentAway("The agent does not accept this token.")
        try:
            return model.model_validate_json(answer.content)
        except ValidationError as wrong:
            raise AgentAway("What answers there is no device agent.") from wrong


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL) as broken:
        raise AgentAway(f"The agent does not answer ({type(broken).__name__}).") from broken


def _fault(answer: httpx.Response) -> DeviceError:
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        raise AgentAway("The agent does not accept this token.")
    try:
        problem: dict[str, Any] = answer.json()
        return DeviceError(DeviceFault(problem["code"]), str(problem.get("detail", "")))
    except (ValueError, KeyError, TypeError) as wrong:
        raise AgentAway("What answers there is no device agent.") from wrong
