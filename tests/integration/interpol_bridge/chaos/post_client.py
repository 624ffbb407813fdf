"""A client that behaves as the post does: the same batch again, under the same ids, until nothing of it waits."""

import heapq
import json
import ssl
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx

from .plan import Asked

TIMEOUT_S: Final = 4.0
PAUSE_S: Final = 0.7
WORKERS: Final = 8
BUSY: Final = frozenset({429, 500, 502, 503, 504})


@dataclass
class _Errand:
    """A batch, and whether it has been sent once."""

    batch: list[Asked]
    sent: bool = False


class PostClient:
    """Sends ``batches``, a new one every ``interval_s`` seconds, and notes each answer in ``notes`` (JSON lines)."""

    def __init__(
        self, url: str, tls: ssl.SSLContext, batches: Iterable[list[Asked]], *, notes: Path, interval_s: float
    ) -> None:
        self._url = url
        self._tls = tls
        self._notes = notes
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        started = time.monotonic()
        self._due = [(started + at * interval_s, at, _Errand(batch)) for at, batch in enumerate(batches)]
        self._numbers = count(len(self._due))
        self._unsent = self._waiting = len(self._due)
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(WORKERS)]
        self.refusals: list[str] = []

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)

    @property
    def all_were_sent(self) -> bool:
        """Whether every batch has been sent once, answered or not."""
        with self._lock:
            return self._unsent == 0

    @property
    def waiting(self) -> int:
        """Batches of which something still waits."""
        with self._lock:
            return self._waiting

    def _work(self) -> None:
        with httpx.Client(base_url=self._url, verify=self._tls, timeout=TIMEOUT_S, trust_env=False) as client:
            while not self._stopping.is_set():
                errand = self._take()
                if errand is None:
                    time.sleep(0.02)
                    continue
                settled = self._ask(client, errand.batch)
                self._put_back(errand, settled=settled)

    def _take(self) -> _Errand | None:
        with self._lock:
            if not self._due or self._due[0][0] > time.monotonic():
                return None
            return heapq.heappop(self._due)[2]

    def _put_back(self, errand: _Errand, *, settled: bool) -> None:
        with self._lock:
            self._unsent -= not errand.sent
            errand.sent = True
            if settled:
                self._waiting -= 1
            else:
                heapq.heappush(self._due, (time.monotonic() + PAUSE_S, next(self._numbers), errand))

    def _ask(self, client: httpx.Client, batch: list[Asked]) -> bool:
        """Whether everything in the batch is answered, with nothing to wait for."""
        try:
            answer = client.post("/v1/batch", json={"items": [one.item for one in batch]})
        except httpx.TransportError as error:
            self._note({"event": "unanswered", "why": type(error).__name__})
            return False
        if answer.status_code != httpx.codes.OK:
            self._note({"event": "unanswered", "why": str(answer.status_code)})
            if answer.status_code not in BUSY:
                self.refusals.append(f"{answer.status_code} {answer.text}")
            return False
        answers = answer.json()["answers"]
        for one in answers:
            self._note({"event": "answer", **one})
        return not any(_waits(one) for one in answers)

    def _note(self, line: dict[str, Any]) -> None:
        with self._lock, self._notes.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"at": datetime.now(UTC).isoformat(), **line}) + "\n")


def _waits(answer: dict[str, Any]) -> bool:
    return bool(answer["recheck"]) or answer["outcome"] == "not_checked"
