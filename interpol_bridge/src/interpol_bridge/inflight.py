"""One question at a time for each request id."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Held:
    lock: threading.Lock = field(default_factory=threading.Lock)
    users: int = 0


class InFlight:
    """Locks by key, which exist only while someone uses them.

    A repeated request that comes while the first is under way waits for it, and then finds its stored answer.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held: dict[str, _Held] = {}

    @contextmanager
    def hold(self, keys: Iterable[str]) -> Iterator[None]:
        """Hold all keys. They are taken in one order by everyone, so no two requests wait for each other."""
        with ExitStack() as stack:
            for key in sorted(set(keys)):
                stack.enter_context(self._hold_one(key))
            yield

    @contextmanager
    def _hold_one(self, key: str) -> Iterator[None]:
        with self._guard:
            held = self._held.setdefault(key, _Held())
            held.users += 1
        try:
            with held.lock:
                yield
        finally:
            with self._guard:
                held.users -= 1
                if not held.users:
                    del self._held[key]
