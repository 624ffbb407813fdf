"""The appliers of what the capital tells of travellers to look for, and no longer to look for."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from crossing.platform.clock import Clock
from crossing.platform.notify import after_commit
from crossing.replication.feed.appliers import FeedAppliers, FeedItem
from crossing.screening.ahead import repository
from crossing.screening.ahead.models import AheadTraveller
from crossing.screening.ahead.schemas import (
    TOLD,
    TOLD_VERSION,
    WITHDRAWN,
    WITHDRAWN_VERSION,
    AheadAlert,
    AheadWithdrawn,
)


def register(appliers: FeedAppliers, *, clock: Clock, changed: Callable[[], None]) -> None:
    """``changed`` is called after the commit of what changes who is looked for."""
    ahead = AheadAppliers(clock, changed)
    appliers.register(TOLD, TOLD_VERSION, ahead.told)
    appliers.register(WITHDRAWN, WITHDRAWN_VERSION, ahead.withdrawn)


class AheadAppliers:
    """What is told twice is kept once; what was withdrawn stays so, in whatever order the two come."""

    def __init__(self, clock: Clock, changed: Callable[[], None]) -> None:
        self._clock = clock
        self._changed = changed

    def told(self, session: Session, item: FeedItem) -> None:
        alert = AheadAlert.model_validate(item.payload)
        if repository.get(session, alert.alert_id) is not None:
            return
        session.add(
            AheadTraveller(
                alert_id=alert.alert_id,
                content=alert.model_dump(mode="json"),
                received_at=self._clock.now(),
                left_at=alert.left_at,
                expires_at=item.expires_at,
            )
        )
        session.flush()
        after_commit(session, self._changed)

    def withdrawn(self, session: Session, item: FeedItem) -> None:
        """Who it was is forgotten at once. That it was withdrawn is kept, for it may yet be told again."""
        over = AheadWithdrawn.model_validate(item.payload)
        if repository.get(session, over.alert_id) is not None:
            repository.empty(session, over.alert_id)
        else:
            session.add(
                AheadTraveller(alert_id=over.alert_id, received_at=self._clock.now(), expires_at=item.expires_at)
            )
            session.flush()
        after_commit(session, self._changed)
