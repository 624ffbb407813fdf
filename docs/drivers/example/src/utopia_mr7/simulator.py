"""An MR-7 of software on the reader's real protocol, for tests and training.

``python -m utopia_mr7.simulator 7007`` runs one by hand.
"""

import queue
import sys
import threading
import zlib
from enum import StrEnum
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Final, Self

SPECIMEN: Final = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
"""Of Utopia, which does not exist (ICAO Doc 9303-4 appendix B)."""


class Mood(StrEnum):
    WELL = "well"
    SILENT = "silent"
    BUSY = "busy"
    JAM = "jam"
    NOISE = "noise"
    SLOW = "slow"


class Mr7Simulator:
    """``present`` is the traveller's hand, ``mood`` what ails the reader, ``unplug`` and ``plug_in`` its cable."""

    def __init__(self, port: int = 0) -> None:
        self.mood = Mood.WELL
        self.documents: queue.Queue[tuple[str, ...]] = queue.Queue()
        self._plug(port)
        self.port: int = self._server.server_address[1]

    def present(self, rows: tuple[str, ...] = SPECIMEN) -> None:
        self.documents.put(rows)

    def take_everything_out(self) -> None:
        while not self.documents.empty():
            self.documents.get_nowait()

    def unplug(self) -> None:
        self.unplugged.set()
        self._server.shutdown()
        self._server.server_close()

    def plug_in(self) -> None:
        self._plug(self.port)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self.unplugged.is_set():
            self.unplug()

    def _plug(self, port: int) -> None:
        self.unplugged = threading.Event()
        self._server = _Server(("127.0.0.1", port), _Talk)
        self._server.reader = self
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    reader: Mr7Simulator


class _Talk(StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        words = self.rfile.readline(64)
        try:
            if words == b"WHO\r\n":
                self._say("MR-7 00417 2.1")
            elif words == b"READ\r\n":
                self._read(self.server.reader.mood)
        except OSError:
            # The driver has hung up, as it may at any time, or the cable was pulled.
            return

    def _read(self, mood: Mood) -> None:
        if mood is Mood.SILENT:
            self._wait_for_hang_up()
        elif mood in (Mood.BUSY, Mood.JAM):
            self._say(mood.value.upper())
        else:
            self._say("READY")
            rows = self._document()
            if rows is not None:
                self._send(rows, mood)

    def _document(self) -> tuple[str, ...] | None:
        """The next document, or None where the driver hung up or the cable was pulled."""
        self.connection.settimeout(0.02)
        while not self.server.reader.unplugged.is_set():
            try:
                return self.server.reader.documents.get_nowait()
            except queue.Empty:
                if self._has_hung_up():
                    return None
        return None

    def _send(self, rows: tuple[str, ...], mood: Mood) -> None:
        for row in rows:
            text = f"LINE {row} {zlib.crc32(row.encode()):08x}"
            if mood is Mood.NOISE:
                self.wfile.write(bytes(reversed(range(256))) + b"\r\n")
            elif mood is Mood.SLOW:
                self._drip(text)
            else:
                self._say(text)
        self._say(f"END {len(rows)}")

    def _drip(self, text: str) -> None:
        for letter in text:
            self.wfile.write(letter.encode())
            if self.server.reader.unplugged.wait(0.005):
                raise ConnectionAbortedError
        self._say("")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())

    def _wait_for_hang_up(self) -> None:
        self.connection.settimeout(0.1)
        while not self.server.reader.unplugged.is_set() and not self._has_hung_up():
            continue

    def _has_hung_up(self) -> bool:
        try:
            return not self.connection.recv(1)
        except TimeoutError:
            return False


if __name__ == "__main__":
    with Mr7Simulator(int(sys.argv[1]) if len(sys.argv) > 1 else 7007) as simulated:
        sys.stdout.write(f"MR-7 on 127.0.0.1:{simulated.port}; Enter draws the specimen through it\n")
        for _ in sys.stdin:
            simulated.present()
