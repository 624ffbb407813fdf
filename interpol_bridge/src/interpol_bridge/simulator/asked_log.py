"""What the simulator was asked and what really left it: one JSON object a line, for whoever has to prove something.

``started``: this process began. ``asked``: a question came; the line says who asked what, how many records answer it,
which (``references``), and the fault that befalls the answer. ``answered`` (of the same ``call``): ``truthful`` where
what was sent is the true answer, ``whole`` where all of it was handed to the network while the asker was still there.
An ``asked`` without its ``answered`` is one that the process did not live to finish.
"""

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

from crossing.ports.bridge import Database
from interpol_bridge.backends.base import Record
from interpol_bridge.clock import Clock, utc_now
from interpol_bridge.simulator.behaviour import TRUE_ALL_THE_SAME, Behaviour
from interpol_bridge.simulator.protocol import FindQuestion

Told = Callable[[bool], None]
"""Called once, when an answer has left or can't any more: whether it left whole."""


class AskedLog:
    """Appends to ``path``, or notes nothing without one. Thread-safe."""

    def __init__(self, path: Path | None, *, clock: Clock = utc_now) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._write(event="started")

    def asked(
        self, database: Database, asked: FindQuestion, records: Sequence[Record], behaviour: Behaviour, *, via: str
    ) -> Told:
        """Note a question before its answer leaves; what is returned notes how that went. ``via``: the protocol."""
        call = uuid4().hex
        self._write(
            event="asked",
            call=call,
            via=via,
            database=database,
            **asked.model_dump(mode="json"),
            records=len(records),
            references=[record.record_reference for record in records],
            fault=behaviour.fault,
            copy_as_of=behaviour.copy_as_of.isoformat() if behaviour.copy_as_of else None,
        )

        def told(whole: bool) -> None:
            self._write(
                event="answered",
                call=call,
                request_id=str(asked.request_id),
                database=database,
                records=len(records),
                truthful=behaviour.fault in TRUE_ALL_THE_SAME,
                whole=whole,
            )

        return told

    def _write(self, **line: object) -> None:
        if self._path is not None:
            text = json.dumps({"at": self._clock().isoformat(), **line}, ensure_ascii=False) + "\n"
            with self._lock, self._path.open("a", encoding="utf-8") as file:
                file.write(text)
