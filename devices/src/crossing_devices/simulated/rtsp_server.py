"""The second face of the simulated network camera: RTSP (RFC 2326), as most of them speak beside MJPEG.

``OPTIONS``, ``DESCRIBE``, ``SETUP``, ``PLAY``, ``GET_PARAMETER`` and ``TEARDOWN`` over TCP with interleaved RTP
(10.12); the frames are RTP/JPEG (RFC 2435). Picture and faults are those of the :class:`CameraServer` that it belongs
to: ``freeze``, ``cut`` (the connection ends in the middle of a frame), ``garbage`` and ``vanish``.
"""

import contextlib
import itertools
import secrets
import select
import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

from crossing_devices.simulated.camera_server import FRAMES_PER_SECOND, CameraServer
from crossing_devices.simulated.server import Fault

_CLOCK_HZ: Final = 90_000
_PAYLOAD_TYPE: Final = 26
_MAX_REQUEST_BYTES: Final = 8192
_FRAGMENT_BYTES: Final = 1300
_SEND_S: Final = 2.0
_SDP: Final = """v=0
o=- 0 0 IN IP4 127.0.0.1
s=Simulated camera
c=IN IP4 0.0.0.0
t=0 0
m=video 0 RTP/AVP 26
a=framerate:10
a=control:track1
"""


class RtspServer:
    """Serves ``rtsp://127.0.0.1:PORT/stream`` from ``with`` or ``start`` to ``stop``. Port 0 takes a free one."""

    def __init__(self, camera: CameraServer, port: int = 0) -> None:
        self._server = _Server(camera, port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/stream"

    @property
    def is_stopped(self) -> bool:
        return self._server.stopping.is_set()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """May be called twice."""
        self._server.stopping.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@dataclass(frozen=True)
class JpegParts:
    """What RTP/JPEG carries of a JPEG: size in pixels, the two quantisation tables, and the entropy-coded scan."""

    width: int
    height: int
    tables: bytes
    scan: bytes

    @classmethod
    def of(cls, content: bytes) -> Self:
        """The parts of a baseline JPEG, 4:2:0 and with the standard Huffman tables, as OpenCV writes it.

        Raises ValueError for any other.
        """
        tables, size = bytearray(), (0, 0)
        at = 2
        while content[at] == 0xFF:
            marker, length = struct.unpack_from(">BH", content, at + 1)
            segment = content[at + 4 : at + 2 + length]
            at += 2 + length
            if marker == 0xDB:
                tables += segment[1:65]
            elif marker == 0xC0 and segment[7] == 0x22:
                size = struct.unpack_from(">HH", segment, 1)
            elif marker == 0xDA:
                if len(tables) != 128 or not all(size):
                    break
                return cls(size[1], size[0], bytes(tables), content[at : content.rindex(b"\xff\xd9")])
        raise ValueError("not a JPEG that RTP carries")


def rtp_packets(parts: JpegParts, sequence: Iterator[int], timestamp: int, source: int) -> Iterator[bytes]:
    """One frame as RTP packets (RFC 3550, 5.1; RFC 2435, 3.1), the last one with the marker bit."""
    size = bytes([parts.width // 8, parts.height // 8])
    for offset in range(0, len(parts.scan), _FRAGMENT_BYTES):
        fragment = parts.scan[offset : offset + _FRAGMENT_BYTES]
        is_last = offset + len(fragment) == len(parts.scan)
        head = struct.pack(">BBHII", 0x80, _PAYLOAD_TYPE | is_last << 7, next(sequence) & 0xFFFF, timestamp, source)
        # Type 1 is 4:2:0; Q 255 says that the tables come in the first packet (3.1.3, 3.1.4, 3.1.8).
        jpeg = struct.pack(">I", offset) + b"\x01\xff" + size
        tables = struct.pack(">BBH", 0, 0, len(parts.tables)) + parts.tables if offset == 0 else b""
        yield head + jpeg + tables + fragment


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, camera: CameraServer, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Connection)
        self.camera = camera
        self.stopping = threading.Event()


class _Connection(socketserver.BaseRequestHandler):
    """One viewer: its requests, and between them the frames once it has said PLAY."""

    server: _Server
    request: socket.socket

    def setup(self) -> None:
        self._received = b""
        self._session = secrets.token_hex(8)
        self._channel: int | None = None
        self._playing = False
        self._sequence = itertools.count()
        self._source = secrets.randbits(32)
        self.request.settimeout(_SEND_S)

    def handle(self) -> None:
        # A viewer that goes away in the middle is every viewer's right.
        with contextlib.suppress(OSError):
            for place in itertools.count():
                if self.server.stopping.is_set() or not self._serve_requests() or not self._play(place):
                    return

    def _serve_requests(self) -> bool:
        """Answer what arrives within a frame's time; False where the viewer is gone."""
        readable, _, _ = select.select([self.request], [], [], 1 / FRAMES_PER_SECOND)
        if not readable:
            return True
        received = self.request.recv(_MAX_REQUEST_BYTES)
        self._received += received
        if not received or len(self._received) > _MAX_REQUEST_BYTES:
            return False
        while request := self._next_request():
            if not self._answer(request):
                return False
        return True

    def _next_request(self) -> str:
        """The next whole request; interleaved packets, a viewer's reception reports, are passed over."""
        while self._received.startswith(b"$") and len(self._received) >= 4:
            length = 4 + int.from_bytes(self._received[2:4], "big")
            if len(self._received) < length:
                return ""
            self._received = self._received[length:]
        head, end, rest = self._received.partition(b"\r\n\r\n")
        if not end or head.startswith(b"$"):
            return ""
        self._received = rest
        return head.decode("ascii", "replace")

    def _answer(self, request: str) -> bool:
        first, *lines = request.split("\r\n")
        method = first.split(" ", 1)[0]
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if self.server.camera.faults.take(Fault.VANISH):
            return False
        status, more, body = self._reply_to(method, first, headers)
        fields = {"CSeq": headers.get("cseq", "0"), **more, **({"Content-Length": str(len(body))} if body else {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self.request.sendall(f"RTSP/1.0 {status}\r\n{head}\r\n{body}".encode("ascii"))
        self._playing = self._playing or (method == "PLAY" and status == "200 OK")
        return method != "TEARDOWN"

    def _reply_to(self, method: str, first: str, headers: dict[str, str]) -> tuple[str, dict[str, str], str]:
        """Status, headers and body (RFC 2326, 10)."""
        session = {"Session": self._session}
        if method == "OPTIONS":
            return "200 OK", {"Public": "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"}, ""
        if method == "DESCRIBE":
            base = first.split(" ")[1].rstrip("/") + "/"
            return "200 OK", {"Content-Type": "application/sdp", "Content-Base": base}, _SDP.replace("\n", "\r\n")
        if method == "SETUP":
            self._channel = 0 if "RTP/AVP/TCP" in headers.get("transport", "") else None
        status = self._status_of(method)
        transport = {"Transport": "RTP/AVP/TCP;unicast;interleaved=0-1"} if method == "SETUP" else {}
        return status, {**transport, **session} if status == "200 OK" else {}, ""

    def _status_of(self, method: str) -> str:
        if method == "SETUP" and self._channel is None:
            return "461 Unsupported Transport"
        if method == "PLAY" and self._channel is None:
            return "455 Method Not Valid in This State"
        return "200 OK" if method in ("SETUP", "PLAY", "GET_PARAMETER", "TEARDOWN") else "501 Not Implemented"

    def _play(self, place: int) -> bool:
        """Send one frame; False where the connection is to end."""
        if not self._playing or self._channel is None:
            return True
        fault = self.server.camera.faults.take(Fault.FREEZE, Fault.CUT, Fault.GARBAGE, Fault.VANISH)
        if fault is Fault.FREEZE:
            return True
        parts = JpegParts.of(self.server.camera.frame(place))
        if fault is Fault.GARBAGE:
            parts = JpegParts(parts.width, parts.height, parts.tables, bytes(reversed(parts.scan)))
        timestamp = place * _CLOCK_HZ // FRAMES_PER_SECOND & 0xFFFFFFFF
        packets = list(rtp_packets(parts, self._sequence, timestamp, self._source))
        framed = b"".join(b"$" + struct.pack(">BH", self._channel, len(packet)) + packet for packet in packets)
        if fault in (Fault.CUT, Fault.VANISH):
            self.request.sendall(framed[: len(framed) // 2])
            return False
        self.request.sendall(framed)
        return True
