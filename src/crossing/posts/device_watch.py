"""What is attached to this machine right now: a thread that asks the device agent to say when something changes.

Pages read :meth:`DeviceWatch.seen`, which never waits, and follow the topic :data:`DEVICES_TOPIC`: so a device that
is pulled out is said within a second, and a page costs the agent nothing.
"""

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from crossing.platform.clock import Clock
from crossing.platform.errors import DomainError
from crossing.platform.logs import log
from crossing.platform.notify import Notices
from crossing.ports.devices import DeviceState
from crossing.posts.device_client import DeviceClient
from crossing.posts.device_errors import NoAgent

DEVICES_TOPIC: Final = "devices"
_PAUSE_S: Final = 1.0
"""Between two tries while the agent is away."""
_STOP_S: Final = 2.0
"""Longer than it takes to notice that nobody listens at the agent's port."""
_UNSEEN: Final = -1
"""No generation: the agent answers at once."""


@dataclass(frozen=True, slots=True)
class DevicesSeen:
    """``problem``: why nothing can be said of the devices; ``devices`` is empty then, for what was there a while ago
    must not look as if it were there now. ``at`` is when the agent last answered, or when it ceased to."""

    devices: tuple[DeviceState, ...]
    problem: DomainError | None
    at: datetime


class DeviceWatch:
    """One per process, in ``app.state.device_watch``. ``client`` is None on a machine without devices."""

    def __init__(self, client: DeviceClient | None, *, notices: Notices, clock: Clock) -> None:
        self._client = client
        self._notices = notices
        self._clock = clock
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._seen = DevicesSeen((), NoAgent() if client is None else None, clock.now())

    def start(self) -> None:
        if self._client is not None:
            self._thread = threading.Thread(
                target=self._watch, args=(self._client,), name="device-watch", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """The question under way is cut off: the agent, too, is rid of it at once."""
        self._stopping.set()
        if self._client is not None:
            self._client.stop_watching()
        if self._thread is not None:
            self._thread.join(_STOP_S)

    def seen(self) -> DevicesSeen:
        """The latest, without waiting for the agent; before its first answer, no devices and no problem."""
        with self._lock:
            return self._seen

    def _watch(self, client: DeviceClient) -> None:
        generation = _UNSEEN
        while not self._stopping.is_set():
            try:
                listed = client.changes(generation)
            except DomainError as problem:
                generation = _UNSEEN
                self._keep((), problem)
                self._stopping.wait(_PAUSE_S)
            else:
                generation = listed.generation
                self._keep(listed.devices, None)

    def _keep(self, devices: tuple[DeviceState, ...], problem: DomainError | None) -> None:
        if self._stopping.is_set():
            return
        with self._lock:
            before = self._seen
            same_problem = type(before.problem) is type(problem)
            changed = not same_problem or before.devices != devices
            at = before.at if problem is not None and same_problem else self._clock.now()
            self._seen = DevicesSeen(devices, problem, at)
        if changed:
            log.info("devices_changed", devices=len(devices), problem=problem.code if problem else None)
            self._notices.publish(DEVICES_TOPIC)
