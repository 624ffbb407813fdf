"""What stands before every route: who calls, how often, and how large and slow a body may be."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from interpol_bridge.clock import Clock
from interpol_bridge.errors import BodyTooLarge, BodyTooSlow, BridgeError
from interpol_bridge.http.identity import CALLER_STATE, CERTIFICATE_STATE, CallerDirectory
from interpol_bridge.http.problems import problem_of
from interpol_bridge.rates import RateLimiter

CONTRACT_PATHS = "/v1/"
OPEN_PATHS = frozenset({"/health/live", "/health/ready"})


class ClientCertificateMiddleware:
    """Lets only known callers in, on every path but the health checks, and notes the caller in the scope's state."""

    def __init__(self, app: ASGIApp, *, directory: CallerDirectory, clock: Clock) -> None:
        self._app = app
        self._directory = directory
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in OPEN_PATHS:
            state = scope.setdefault("state", {})
            try:
                state[CALLER_STATE] = self._directory.caller(state.get(CERTIFICATE_STATE), self._clock())
            except BridgeError as refusal:
                await problem_of(refusal)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class RateMiddleware:
    """Takes one token of the caller for every request of the contract, before anything of its body is read."""

    def __init__(self, app: ASGIApp, *, limiter: RateLimiter) -> None:
        self._app = app
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(CONTRACT_PATHS):
            try:
                self._limiter.spend(scope["state"][CALLER_STATE])
            except BridgeError as refusal:
                await problem_of(refusal)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class BodyLimitMiddleware:
    """Takes the whole body in before the app sees it: at most ``limit_bytes``, within ``timeout_s`` seconds."""

    def __init__(self, app: ASGIApp, *, limit_bytes: int, timeout_s: float) -> None:
        self._app = app
        self._limit_bytes = limit_bytes
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            body = await self._read(receive)
        except BridgeError as refusal:
            await problem_of(refusal)(scope, receive, send)
            return
        if body is not None:
            await self._app(scope, _replay(body, receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        """The body, or None if the caller went away."""
        body = bytearray()
        more = True
        try:
            async with asyncio.timeout(self._timeout_s):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    body += message.get("body", b"")
                    if len(body) > self._limit_bytes:
                        raise BodyTooLarge(f"A body may have {self._limit_bytes} bytes at most.")
                    more = message.get("more_body", False)
        except TimeoutError:
            raise BodyTooSlow(f"A body must arrive within {self._timeout_s:g} s.") from None
        return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A receive channel that hands the body over once, and then what comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again
