"""What the simulated devices have in common: a loopback HTTP server that can be told to misbehave.

Plain sockets under the standard library's server, because a fault is a thing of the socket: an answer that never
comes, or one that is cut in the middle.
"""

import contextlib
import json
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crossing_devices.tokens import is_authorised

MAX_BODY_BYTES: Final = 20 * 1024 * 1024


class Fault(StrEnum):
    """The ways a simulated device fails. Each device says which ones it knows."""

    HANG = "hang"
    DRIP = "drip"
    CUT = "cut"
    GARBAGE = "garbage"
    JAM = "jam"
    BUSY = "busy"
    VANISH = "vanish"
    FREEZE = "freeze"
    FORGED = "forged"
    BROKEN_CHAIN = "broken_chain"
    REPLAYED = "replayed"
    WRONG_MAC = "wrong_mac"


class FaultOrder(BaseModel):
    """The body of ``POST /control/fault``: how often it happens, or, with ``times`` null, until it is cleared."""

    model_config = ConfigDict(extra="forbid")

    fault: Fault
    times: int | None = Field(default=None, ge=1, le=1000)


class FaultBoard:
    """Which fault is set. One at a time; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._order: FaultOrder | None = None

    def set(self, order: FaultOrder | None) -> None:
        with self._lock:
            self._order = order.model_copy() if order else None

    @property
    def current(self) -> Fault | None:
        with self._lock:
            return self._order.fault if self._order else None

    def take(self, *known: Fault) -> Fault | None:
        """The fault that is to happen now, if it is one of ``known``; counts it."""
        with self._lock:
            order = self._order
            if order is None or order.fault not in known:
                return None
            if order.times is not None:
                order.times -= 1
                self._order = order if order.times else None
            return order.fault


class Exchange(BaseHTTPRequestHandler):
    """One request and its answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "_Server"
    body: bytes

    def reply(
        self,
        status: int,
        content: bytes = b"",
        media_type: str = "text/plain",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def reply_json(self, status: int, content: object) -> None:
        self.reply(status, json.dumps(content).encode(), "application/json")

    def cut(self) -> None:
        """Close the connection as it stands."""
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Nothing: the standard library would write every request to standard error."""

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def _handle(self) -> None:
        try:
            self._answer()
        except OSError:
            # The client went away in the middle; a real device does not mind either.
            self.close_connection = True

    def _answer(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self.close_connection = True
            self.reply(411)
        elif int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            self.reply(413)
        else:
            self.body = self.rfile.read(int(length))
            self.server.simulated.handle(self)


class _Server(ThreadingHTTPServer):
    """Knows its open connections, to end them all when the device is switched off."""

    daemon_threads = True
    block_on_close = False
    simulated: "SimulatedServer"

    def __init__(self, port: int, exchange: type[Exchange]) -> None:
        super().__init__(("127.0.0.1", port), exchange)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, client = super().get_request()
        with self._lock:
            self._open.add(connection)
        return connection, client

    def close_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().close_request(request)

    def end_connections(self) -> None:
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class SimulatedServer(ABC):
    """Serves on 127.0.0.1 from a thread of its own, from ``with`` or ``start`` to ``stop``.

    Port 0 takes a free one. ``/control/...`` needs the bearer token; the device's own protocol, as on real
    devices, does not. Raises OSError where the port is taken.
    """

    exchange: ClassVar[type[Exchange]] = Exchange

    def __init__(self, token: str, port: int = 0) -> None:
        self._token = token
        self._server = _Server(port, self.exchange)
        self._server.simulated = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.faults = FaultBoard()
        self.stopping = threading.Event()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """May be called twice."""
        self.stopping.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.end_connections()
        self._server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def handle(self, exchange: Exchange) -> None:
        """Answer one request; the control paths first."""
        if not exchange.path.startswith("/control/"):
            self.answer(exchange)
        elif not is_authorised(exchange.headers.get("Authorization"), self._token):
            exchange.reply(401, headers={"WWW-Authenticate": "Bearer"})
        elif (exchange.command, exchange.path) == ("GET", "/control/state"):
            exchange.reply_json(200, {"fault": self.faults.current, **self.state()})
        elif exchange.path == "/control/fault":
            self._control_fault(exchange)
        elif not self.control(exchange):
            exchange.reply(404)

    @abstractmethod
    def answer(self, exchange: Exchange) -> None:
        """The device's own protocol."""

    @abstractmethod
    def control(self, exchange: Exchange) -> bool:
        """The device's own control paths; whether there was such a path."""

    @abstractmethod
    def state(self) -> dict[str, object]:
        """What ``GET /control/state`` tells."""

    def on_faults_cleared(self) -> None:  # noqa: B027 - most devices need nothing
        """What a person would do at the device: open the lid, take the paper out."""

    def _control_fault(self, exchange: Exchange) -> None:
        if exchange.command == "DELETE":
            self.faults.set(None)
            self.on_faults_cleared()
            exchange.reply(204)
        elif exchange.command == "POST":
            try:
                self.faults.set(FaultOrder.model_validate_json(exchange.body))
            except ValidationError:
                exchange.reply(422)
            else:
                exchange.reply(204)
        else:
            exchange.reply(405)
