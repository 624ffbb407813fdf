"""The newest word of each machine on whether it asks INTERPOL: at the post its own, at the capital everybody's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from crossing.platform.clock import Clock
from crossing.replication.appliers import Applier, require_own_post
from crossing.replication.events import MachineRef, ReceivedEvent
from crossing.screening.interpol_state.models import InterpolState
from crossing.screening.interpol_state.state import InterpolNews

BRIDGE_STATE: Final = "bridge.state"
BRIDGE_STATE_VERSION: Final = 1
BRIDGE_STATE_VERSIONS: Final = (BRIDGE_STATE_VERSION,)


@dataclass(frozen=True, slots=True)
class MachineNews:
    """What one machine last told. ``received_at``: when it arrived here, by the clock of this service."""

    machine: str
    news: InterpolNews
    received_at: datetime

    @property
    def known_at(self) -> datetime:
        """How old the word is: what was carried here by hand was said long before it came."""
        return min(self.news.said_at, self.received_at)


def told(session: Session, machine: MachineRef) -> InterpolNews | None:
    """What this machine last told the capital."""
    row = session.get(InterpolState, tuple(machine))
    return InterpolNews.model_validate(row.news) if row else None


def of_all(session: Session) -> list[MachineNews]:
    """The newest word of every machine, by post and machine."""
    rows = session.scalars(select(InterpolState).order_by(InterpolState.post, InterpolState.machine))
    return [MachineNews(row.machine, InterpolNews.model_validate(row.news), row.received_at) for row in rows]


def keep_own(session: Session, machine: MachineRef, news: InterpolNews) -> None:
    """At the post, in the transaction of the event that tells it: there is no older word that could come later."""
    _keep(session, machine, (0, 0), news, news.said_at)


def applier(clock: Clock) -> Applier:
    """The capital's applier: the newest word of a machine replaces the one before, in whatever order they come."""

    def apply(session: Session, event: ReceivedEvent) -> None:
        news = InterpolNews.model_validate(event.payload)
        require_own_post(event, news.post)
        machine = MachineRef(event.post, event.machine)
        _keep(session, machine, (event.epoch, event.sequence), news, clock.now())

    return apply


def _keep(
    session: Session, machine: MachineRef, place: tuple[int, int], news: InterpolNews, received_at: datetime
) -> None:
    row = session.get(InterpolState, tuple(machine), with_for_update=True)
    if row is None:
        row = InterpolState(post=machine.post, machine=machine.machine)
        session.add(row)
    elif (row.epoch, row.sequence) > place:
        return
    row.epoch, row.sequence = place
    row.news = news.model_dump(mode="json")
    row.received_at = received_at
