"""Looking at those whom a post looks for."""

from typing import Final

from sqlalchemy.orm import Session

from crossing.platform.clock import Clock
from crossing.screening.ahead import repository
from crossing.screening.ahead.models import AheadTraveller
from crossing.screening.ahead.schemas import AheadAlert, LookedFor, LookedForPage

ON_A_PAGE: Final = 50


class AheadService:
    """One per process. It takes the caller's transaction."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def looked_for(self, session: Session, page: int = 1) -> LookedForPage:
        """A page of those who are looked for now, the last told first; the last page where there are fewer."""
        now = self._clock.now()
        total = repository.count(session, now)
        pages = max(-(-total // ON_A_PAGE), 1)
        page = min(page, pages)
        rows = repository.in_force(session, now, skip=(page - 1) * ON_A_PAGE, limit=ON_A_PAGE)
        return LookedForPage(travellers=tuple(map(_looked_for, rows)), page=page, pages=pages, total=total)

    def count(self, session: Session) -> int:
        return repository.count(session, self._clock.now())


def _looked_for(row: AheadTraveller) -> LookedFor:
    return LookedFor(
        alert=AheadAlert.model_validate(row.content), until=row.expires_at, asked=row.listed_in is not None
    )
