"""A link as a post has it: narrow, late, and cut now and then. A proxy on loopback that passes bytes on."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.integration.replication.world import listening

_SIP = 2048


class NarrowLink:
    """Passes what comes in on ``port`` on to ``target``, all connections over one line.

    ``rate`` is bytes per second towards the capital (None: as fast as it goes), ``delay_s`` the time a byte needs in
    each direction. ``carried`` counts the bytes towards the capital.
    """

    def __init__(self, target: int, *, rate: float | None = None, delay_s: float = 0.0) -> None:
        self._target = target
        self._rate = rate
        self._delay_s = delay_s
        self._listener = listening()
        self._loop = asyncio.new_event_loop()
        self._line = asyncio.Lock()
        self._writers: set[asyncio.StreamWriter] = set()
        self._cut_at: int | None = None
        self.port: int = self._listener.getsockname()[1]
        self.carried = 0

    @contextmanager
    def up(self) -> Iterator["NarrowLink"]:
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(60)

    def cut_after(self, more: int) -> None:
        """Break every connection once ``more`` bytes have gone towards the capital."""
        self._cut_at = self.carried + more

    @property
    def cut(self) -> bool:
        """Whether the announced cut is still to come."""
        return self._cut_at is None

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._connected, sock=self._listener))
        self._loop.run_forever()
        server.close()
        self._break_all()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, back}
        self._writers |= pair
        with suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(self._upwards(reader, back), self._downwards(there, writer))
        self._writers -= pair
        for one in pair:
            one.transport.abort()

    async def _upwards(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while sip := await reader.read(_SIP):
            async with self._line:
                if self._rate is not None:
                    await asyncio.sleep(len(sip) / self._rate)
            self.carried += len(sip)
            if self._cut_at is not None and self.carried >= self._cut_at:
                self._cut_at = None
                self._break_all()
                return
            self._later(writer, sip)
        self._loop.call_later(self._delay_s, writer.close)

    async def _downwards(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while sip := await reader.read(_SIP):
            self._later(writer, sip)
        self._loop.call_later(self._delay_s, writer.close)

    def _later(self, writer: asyncio.StreamWriter, sip: bytes) -> None:
        if self._delay_s:
            self._loop.call_later(self._delay_s, writer.write, sip)
        else:
            writer.write(sip)

    def _break_all(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
