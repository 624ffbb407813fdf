"""HTTP/1.1 (RFC 9112) by the standard library's http.client, one exchange after the other over a kept-open line.

http.client believes more than the bureau may be believed: the first of two lengths, a head with lines that are no
headers, and that a head or a body ends where the other side hangs up. Here that is no answer; nor is an interim one.
"""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Final, cast

from interpol_bridge.backends.deadlines import READ_AT_MOST, Line

Headers = list[tuple[bytes, bytes]]

KEEP_ALIVE_S: Final = 30

_LENGTH: Final = re.compile(r"[0-9]{1,18}[ \t]*")


class Response(HTTPResponse):
    """What comes back: its ``status``, and its body yet to be read."""

    _read_to_its_end = False

    def begin(self) -> None:
        """Read the head, and the interim ones before it (RFC 9110 section 15.2).

        :raises OSError: the line broke, or the deadline passed (TimeoutError)
        :raises HTTPException: it is no head, or one after which the body is anybody's guess
        """
        super().begin()
        while self.status < HTTPStatus.OK and self.status != HTTPStatus.SWITCHING_PROTOCOLS:
            self.headers = None  # type: ignore[assignment]  # as it was before it began
            super().begin()
        if self.status == HTTPStatus.SWITCHING_PROTOCOLS or not self._is_framed():
            raise HTTPException("the head is none, or does not say where the body ends")

    def pieces(self) -> Iterator[bytes]:
        """The body, piece by piece, as it comes.

        :raises OSError: the line broke, or the deadline passed (TimeoutError)
        :raises HTTPException: it ends before its end
        """
        while piece := self.read1(READ_AT_MOST):
            yield piece
        self._read_to_its_end = True

    def ends_with_line(self) -> bool:
        """Whether nobody said how long the body is (RFC 9112 section 6.3)."""
        return self.length is None and not self.chunked

    def leaves_line(self) -> bool:
        """Whether all was read, and the other side keeps the connection."""
        return self._read_to_its_end and not self.will_close

    def _is_framed(self) -> bool:
        """Whether all lines are headers, and at most one says where the body ends, in a way that is understood."""
        lengths = self.headers.get_all("content-length", [])
        codings = self.headers.get_all("transfer-encoding", [])
        understood = self.chunked == bool(codings) and all(map(_LENGTH.fullmatch, lengths))
        # The lines after one that is no header are left as a payload.
        return understood and len(lengths) + len(codings) <= 1 and not self.headers.get_payload()


class Connection(HTTPConnection):
    """One exchange after the other over ``line``, which leads to ``host`` and ``port``."""

    auto_open = 0
    response_class = Response

    def __init__(self, host: str, port: int, line: Line, *, default_port: int) -> None:
        super().__init__(host, port)
        self.default_port = default_port
        self.sock = cast(socket.socket, line)
        self._line = line
        self._current: Response | None = None
        self._idle_since = time.monotonic()

    def ask(self, method: str, target: str, headers: Headers, body: bytes | None) -> Response:
        """Send a request; the response has its status, and its body yet to be read.

        :raises OSError: the line broke, or the deadline passed (TimeoutError)
        :raises HTTPException: the request is none, or what comes back is no HTTP
        """
        try:
            self.putrequest(method, target)
            for name, value in headers:
                self.putheader(name, value)
            if body is not None:
                self.putheader("Content-Length", len(body))
        except ValueError:
            raise HTTPException("the request is none") from None
        # Whoever refuses a request before it is all there may have said why.
        with suppress(OSError):
            self.endheaders(body)
        self._current = response = cast(Response, self.getresponse())
        if response.ends_with_line():
            self._line.may_end()
        return response

    def rest(self) -> bool:
        """The exchange is over; whether another one may follow."""
        self._idle_since = time.monotonic()
        response, self._current = self._current, None
        if response is None:
            return False
        response.close()
        return response.leaves_line()

    def has_expired(self) -> bool:
        """Whether it was idle for too long, or the other side has hung up, or talks unasked."""
        return time.monotonic() - self._idle_since > KEEP_ALIVE_S or not self._line.is_quiet()

    def hang_up(self) -> None:
        self._line.hang_up()
