"""What the bridge last said of itself, so that no screen waits for a bridge that is slow or gone."""

import threading
import time
from dataclasses import dataclass
from typing import Final

from crossing.ports.bridge import BridgeStatus
from crossing.screening.bridge import BridgeClient

_FRESH_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class BridgeSeen:
    """``asked`` is False before the first answer; ``status`` is None where the bridge could not be asked."""

    configured: bool
    asked: bool
    status: BridgeStatus | None


class BridgeWatch:
    """Asks in a thread of its own at most every 15 seconds, and only while somebody looks."""

    def __init__(self, bridge: BridgeClient) -> None:
        self._bridge = bridge
        self._lock = threading.Lock()
        self._seen = BridgeSeen(bridge.configured, False, None)
        self._asked_at = float("-inf")

    def seen(self) -> BridgeSeen:
        """What is known now. Never waits; an answer that is too old is renewed for the next look."""
        with self._lock:
            if self._bridge.configured and time.monotonic() - self._asked_at > _FRESH_S:
                self._asked_at = time.monotonic()
                threading.Thread(target=self._ask, name="bridge-watch", daemon=True).start()
            return self._seen

    def _ask(self) -> None:
        status = self._bridge.status()
        with self._lock:
            self._seen = BridgeSeen(True, True, status)
