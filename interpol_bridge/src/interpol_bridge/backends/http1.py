"""HTTP/1.1 (RFC 9112) over one kept-open stream: a request's bytes, and its reply as llhttp takes it apart.

llhttp, by httptools, is the parser that the bridge's own server has too; httpcore's, in Python, was a fifth of what a
question cost the bridge. The errors are httpcore's, as those of its streams are.
"""

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from typing import Final

import httpcore
import httptools

Headers = list[tuple[bytes, bytes]]

READ_AT_MOST: Final = 65_536
WITHOUT_BODY_AT_MOST: Final = 100_000
"""Bytes of heads, trailers and chunk extensions in a row, without one of a body."""

_TARGET: Final = re.compile(rb"/[!-~]*")
_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(rb"[^\x00\r\n]*")
_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})


def request_bytes(method: str, target: bytes, headers: Headers, body: bytes | None) -> bytes:
    """A request, with the length of its body where it has one.

    :raises httpcore.LocalProtocolError: the target or a header would say something else on the line
    """
    lines = [b"%s %s HTTP/1.1" % (method.encode("ascii"), target)]
    if not _TARGET.fullmatch(target):
        raise httpcore.LocalProtocolError("the target of the request is none")
    if body is not None:
        headers = [*headers, (b"content-length", b"%d" % len(body))]
    for name, value in headers:
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise httpcore.LocalProtocolError("a header of the request is none")
        lines.append(name + b": " + value)
    return b"\r\n".join([*lines, b"", body or b""])


class Http1Connection:
    """One exchange after the other over ``stream``."""

    def __init__(self, stream: httpcore.NetworkStream, *, keep_alive_s: float) -> None:
        self._stream = stream
        self._keep_alive_s = keep_alive_s
        self._response: Response | None = None
        self._idle_since = time.monotonic()

    def send(self, request: bytes) -> "Response":
        """Send a request of :func:`request_bytes`; the response has its status, and its body yet to be read.

        :raises httpcore.NetworkError, httpcore.TimeoutException: as the stream does
        :raises httpcore.RemoteProtocolError: what comes back is no HTTP, or ends before its end
        """
        self._response = response = Response(self._stream)
        # Whoever refuses a request before it is all there may have said why.
        with suppress(httpcore.WriteError):
            self._stream.write(request)
        response.read_head()
        return response

    def rest(self) -> bool:
        """The exchange is over; whether another one may follow."""
        self._idle_since = time.monotonic()
        response, self._response = self._response, None
        return response is not None and response.end()

    def has_expired(self) -> bool:
        """Whether it was idle for too long, or the other side has hung up, or talks unasked."""
        if time.monotonic() - self._idle_since > self._keep_alive_s:
            return True
        return bool(self._stream.get_extra_info("is_readable"))

    def close(self) -> None:
        self._stream.close()


class Response:
    """What comes back; ``status`` is set when its head has come."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self.status = 0
        self._stream = stream
        self._parser = httptools.HttpResponseParser(self)
        self._pieces: list[bytes] = []
        self._without_body = 0
        self._head_ended = False
        self._framed = False
        self._keep_alive = False
        self._whole = False

    def end(self) -> bool:
        """Read no more; whether all was read, nothing came after it, and the other side keeps the connection."""
        # It calls back here: the two would keep each other until the next collection.
        del self._parser
        return self._whole and self._keep_alive

    def read_head(self) -> None:
        """Wait for the status and the headers."""
        while not self._head_ended:
            self._receive()

    def iter_stream(self) -> Iterator[bytes]:
        """The body, piece by piece, as it comes.

        :raises httpcore.NetworkError, httpcore.TimeoutException: as the stream does
        :raises httpcore.RemoteProtocolError: it ends before its end
        """
        while True:
            pieces, self._pieces = self._pieces, []
            yield from pieces
            if self._whole and not self._pieces:
                return
            self._receive()

    def on_message_begin(self) -> None:
        """Another message: after an interim one (RFC 9110 section 15.2) it is ours, after the last one nobody's."""
        self._framed = False
        self._keep_alive = self._keep_alive and not self._whole

    def on_header(self, name: bytes, value: bytes) -> None:
        del value
        self._framed = self._framed or name.lower() in _FRAMING

    def on_headers_complete(self) -> None:
        if self._whole:
            return
        self.status = self._parser.get_status_code()
        self._head_ended = self.status >= HTTPStatus.OK
        self._keep_alive = self._parser.should_keep_alive()

    def on_body(self, body: bytes) -> None:
        if not self._whole:
            self._pieces.append(body)
            self._without_body = 0

    def on_message_complete(self) -> None:
        self._whole = self._head_ended

    def _receive(self) -> None:
        data = self._stream.read(READ_AT_MOST)
        if not data:
            self._end()
            return
        self._without_body += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._keep_alive = False
            if not self._whole:
                raise httpcore.RemoteProtocolError(type(error).__name__) from None
        if self._without_body > WITHOUT_BODY_AT_MOST:
            raise httpcore.RemoteProtocolError("there is no end to what is no body")

    def _end(self) -> None:
        """The other side has closed: the end of a body whose length nobody said (RFC 9112 section 6.3)."""
        if not self._head_ended or self._framed:
            raise httpcore.RemoteProtocolError("the other side hung up before the end")
        self._whole = True
