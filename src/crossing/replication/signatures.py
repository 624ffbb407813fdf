"""Who signed the events of a batch, with as few checks as prove it."""

from collections.abc import Sequence

from crossing.replication.events import SignedEvent


def genuine(events: Sequence[SignedEvent | None], public_key: bytes) -> dict[int, SignedEvent]:
    """The events that the machine with ``public_key`` signed, by their place in the batch.

    Each event names its predecessor by hash, so one signature vouches for the whole run that leads up to it. A batch
    is a few runs at most, and a check is the dearest step of taking an event in. Where a run's last signature does
    not hold, every event of the run is asked for its own.
    """
    found: dict[int, SignedEvent] = {}
    for run in _runs(events):
        if run[-1][1].holds(public_key):
            found.update(run)
        else:
            found.update((at, event) for at, event in run[:-1] if event.holds(public_key))
    return found


def _runs(events: Sequence[SignedEvent | None]) -> list[list[tuple[int, SignedEvent]]]:
    """The events in runs where each continues the one before it."""
    runs: list[list[tuple[int, SignedEvent]]] = []
    before: SignedEvent | None = None
    for at, event in enumerate(events):
        if event is not None:
            if before is not None and event.envelope.previous == before.hash:
                runs[-1].append((at, event))
            else:
                runs.append([(at, event)])
        before = event
    return runs
