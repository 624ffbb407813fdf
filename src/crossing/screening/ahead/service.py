"""Looking at those whom a post looks for."""

from sqlalchemy.orm import Session

from crossing.platform.clock import Clock
from crossing.screening.ahead import repository
from crossing.screening.ahead.schemas import AheadAlert, LookedFor


class AheadService:
    """One per process. It takes the caller's transaction."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def looked_for(self, session: Session) -> list[LookedFor]:
        """Everybody who is looked for now, the last told first."""
        return [
            LookedFor(
                alert=AheadAlert.model_validate(row.content), until=row.expires_at, asked=row.listed_in is not None
            )
            for row in repository.in_force(session, self._clock.now())
        ]

    def count(self, session: Session) -> int:
        return repository.count(session, self._clock.now())
