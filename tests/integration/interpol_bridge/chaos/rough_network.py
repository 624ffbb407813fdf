"""A network that fails: a proxy on loopback that passes bytes on, stalls, trickles, cuts a piece, or refuses."""

import asyncio
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from random import Random
from typing import Final, Literal

from tests.factories.serving import listening

Weather = Literal["clear", "stall", "trickle", "shear", "refuse"]
"""``shear``: one piece of five is cut in its middle, and its connection reset."""

RESET: Final = struct.pack("ii", 1, 0)
DROP: Final = 200
DROP_EVERY_S: Final = 0.02


class RoughNetwork:
    """Passes what comes to ``port`` on to ``target`` and back, as the weather lets it."""

    def __init__(self, target: int, *, seed: int) -> None:
        self._target = target
        self._chance = Random(seed)
        self._listener = listening()
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self.weather: Weather = "clear"
        self.port: int = self._listener.getsockname()[1]

    @contextmanager
    def up(self) -> Iterator["RoughNetwork"]:
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(60)

    def cut(self) -> None:
        """Reset every connection there is."""
        self._loop.call_soon_threadsafe(self._cut)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._connected, sock=self._listener))
        self._loop.run_forever()
        server.close()
        self._cut()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    def _cut(self) -> None:
        for writer in tuple(self._writers):
            _reset(writer)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.weather == "refuse":
            _reset(writer)
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            _reset(writer)
            return
        self._writers |= {writer, far_writer}
        await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer), return_exceptions=True)
        for one in (writer, far_writer):
            self._writers.discard(one)
            one.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                while self.weather == "stall":
                    await asyncio.sleep(DROP_EVERY_S)
                if self.weather == "shear" and self._chance.random() < 0.2:
                    writer.write(data[: len(data) // 2])
                    self._cut()
                    return
                await self._write(writer, data)
            writer.write_eof()

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        at = 0
        while at < len(data):
            size = DROP if self.weather == "trickle" else len(data)
            writer.write(data[at : at + size])
            await writer.drain()
            at += size
            if at < len(data):
                await asyncio.sleep(DROP_EVERY_S)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close as a broken line does: what is under way is lost, and the peer hears of a reset."""
    own = writer.get_extra_info("socket")
    if own is not None:
        with suppress(OSError):
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()
