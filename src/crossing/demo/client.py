"""The demonstration's hands: an officer's or analyst's HTTP session, and the simulated devices' controls."""

import secrets
import time
from collections.abc import Callable
from typing import Any, Self, TypeVar
from uuid import uuid4

from crossing.demo.cast import Traveller, passport_order
from crossing.demo.material import Material
from crossing.demo.processes import DemoError
from crossing.demo.settings import Ports
from crossing.platform.http import Client, HttpError, http_client

_POLL_S = 0.1

Answer = TypeVar("Answer")


class Desk:
    """Someone signed in at a service, by the same API and the same rules as a browser."""

    def __init__(self, client: Client, csrf: str) -> None:
        self._client = client
        self._csrf = csrf

    @classmethod
    def sign_in(cls, url: str, login: str, code: str) -> Self:
        """Sign in with a one-time code and choose a password, which nobody needs to know."""
        client = http_client(url, total_s=60.0)
        answer = _good(client.post("/api/session", json={"login": login, "secret": code}), "sign-in")
        desk = cls(client, answer["csrf_token"])
        desk.call("POST", "/api/session/password", {"new_password": secrets.token_urlsafe(24)})
        return desk

    def call(self, method: str, path: str, body: object = None, **query: str) -> Any:
        """The JSON answer. Raises :class:`DemoError` with the problem's title for anything but success."""
        headers = {"Crossing-CSRF": self._csrf}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid4())
        response = self._client.request(method, path, json=body, params=query or None, headers=headers)
        return _good(response, f"{method} {path}")

    def try_call(self, path: str, **query: str) -> Any | None:
        """The JSON answer of a GET, or None where there is none (yet)."""
        try:
            response = self._client.get(path, params=query or None)
        except HttpError:
            return None
        return response.json() if response.is_success else None

    def has(self, path: str, **query: str) -> bool:
        """Whether a GET succeeds, whatever it brings."""
        try:
            return bool(self._client.get(path, params=query or None).is_success)
        except HttpError:
            return False

    def close(self) -> None:
        self._client.close()


class SimulatedDevices:
    """Lays pages into the scanner and passports on the chip reader, and puts people before the camera."""

    def __init__(self, ports: Ports, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._scanner, self._camera, self._passport = (
            http_client(f"http://127.0.0.1:{port}", headers=headers)
            for port in (ports.scanner, ports.camera, ports.passport)
        )

    def arrive(self, traveller: Traveller, material: Material) -> None:
        """The traveller stands before the camera, and lays down the document that there is."""
        self.stand(material.live(traveller))
        self.take_passport_away()
        if traveller.page is not None:
            self.lay(material.page(traveller))
        if traveller.electronic:
            self.lay_passport(passport_order(traveller, material.portrait(traveller)))

    def lay(self, page: bytes) -> None:
        _good(self._scanner.delete("/control/pages"), "emptying the feeder")
        _good(self._scanner.post("/control/pages", content=page), "laying a page")

    def lay_passport(self, order: dict[str, Any]) -> dict[str, Any]:
        """A new passport lies on the chip reader. Its machine-readable zone and card access number."""
        laid: dict[str, Any] = _good(self._passport.post("/control/card", json=order), "laying a passport")
        return laid

    def take_passport_away(self) -> None:
        _good(self._passport.delete("/control/card"), "taking the passport away")

    def stand(self, picture: bytes) -> None:
        _good(self._camera.post("/control/picture", content=picture), "standing before the camera")

    def close(self) -> None:
        for one in (self._scanner, self._camera, self._passport):
            one.close()


def until(look: Callable[[], Answer | None], *, within_s: float, what: str) -> Answer:
    """What ``look`` finds, as soon as it finds something. Raises :class:`DemoError` after ``within_s``."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        found = look()
        if found is not None:
            return found
        time.sleep(_POLL_S)
    raise DemoError(f"Waited {within_s:.0f} s in vain for {what}")


def answers(url: str) -> bool:
    """Whether a service says that it is ready."""
    client = http_client(url, connect_s=0.5, total_s=2.0)
    try:
        return client.get("/health/ready").is_success
    except HttpError:
        return False
    finally:
        client.close()


def _good(response: Any, what: str) -> Any:
    if not response.is_success:
        raise DemoError(f"{what}: {response.status_code} {_title(response)}")
    return response.json() if response.content else None


def _title(response: Any) -> str:
    try:
        body = response.json()
    except ValueError:
        return ""
    return f"{body.get('title', '')} ({body.get('code', '')})"
