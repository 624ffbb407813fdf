"""How an answer leaves, for every protocol that the simulator speaks: late, damaged, or as it should."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from interpol_bridge.simulator.asked_log import Told
from interpol_bridge.simulator.behaviour import Behaviour, Fault

CAPTIVE_PORTAL = b"<!doctype html><title>Sign in to the network</title><p>Please accept the terms of use."
PIECES = 20
TOO_MUCH = b" " * 2_000_000


@dataclass(frozen=True, slots=True)
class Forms:
    """An answer in a protocol's words, and what it looks like with the faults that are of the protocol.

    A fault that ``wrong`` lacks is told as its ``wrong_shape``.
    """

    media_type: str
    answer: bytes
    wrong: Mapping[Fault, bytes] = field(default_factory=dict)


class Delivery(Response):
    """The answer of ``forms`` as ``behaviour`` lets it out; ``told`` hears at the end whether it left whole."""

    def __init__(self, behaviour: Behaviour, forms: Forms, told: Told) -> None:
        fault = behaviour.fault
        if fault == "html":
            super().__init__(CAPTIVE_PORTAL, media_type="text/html")
        elif fault == "http_error":
            super().__init__(status_code=behaviour.status)
        else:
            super().__init__(_body(fault, forms), media_type=forms.media_type)
        self._behaviour = behaviour
        self._told = told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        whole = False
        try:
            await asyncio.sleep(self._behaviour.latency_ms / 1000)
            if self._behaviour.fault == "hang":
                await asyncio.sleep(self._behaviour.hang_s)
            if not await Request(scope, receive).is_disconnected():
                whole = await self._send_body(Request(scope, receive), send)
        finally:
            self._told(whole)

    async def _send_body(self, asker: Request, send: Send) -> bool:
        start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        await send(start)
        body = bytes(self.body)
        if self._behaviour.fault == "cut":
            # Ended without the rest that the header promised: the server closes the connection.
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            return False
        if self._behaviour.fault == "trickle":
            *pieces, body = _pieces(body)
            for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                await asyncio.sleep(self._behaviour.hang_s / PIECES)
                if await asker.is_disconnected():
                    return False
        await send({"type": "http.response.body", "body": body})
        return True


def _body(fault: Fault, forms: Forms) -> bytes:
    match fault:
        case "none" | "hang" | "trickle" | "cut":
            return forms.answer
        case "truncated":
            return forms.answer[: len(forms.answer) // 2]
        case "empty":
            return b""
        case "too_long":
            return forms.answer + TOO_MUCH
        case _:
            return forms.wrong.get(fault, forms.wrong["wrong_shape"])


def _pieces(body: bytes) -> Iterator[bytes]:
    size = -(-len(body) // PIECES)
    return (body[at : at + size] for at in range(0, len(body), size))
