"""What a post knows of those whom it looks for beside their entries in the list: where, when and why they were found.

It is kept in memory, for every lane asks it at every hit; ``keeping.py`` brings it up to the database.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Final
from uuid import UUID

from crossing.screening.ahead.schemas import AheadAlert, AheadHit
from crossing.screening.lists.formats.ahead import CODE
from crossing.screening.schemas import CheckOutcome, CheckResult, Explanation, HitDetail, Reason

REASONS_TOLD: Final = 5
"""Of one traveller; what more was found there is in the page of those who are looked for."""

CLEARS_FOR: Final = timedelta(days=1)
"""How long after this post last had everything that the capital told it can still say that nobody looks for a
traveller. Whoever is found counts however long that is ago."""


class AheadBook:
    """Whoever is in the list, by the id of the alert. Any thread may ask; only one fills it."""

    def __init__(self, zone: tzinfo) -> None:
        """``zone``: the post's own, in which times are told."""
        self._zone = zone
        self._alerts: Mapping[UUID, AheadAlert] = {}
        self._pulled_at: datetime | None = None
        self._is_whole = True

    def fill(self, alerts: Iterable[AheadAlert], pulled_at: datetime | None, *, is_whole: bool = True) -> None:
        """``pulled_at``: when this post last had all that the capital told, by its own clock; None while it has never
        come to the end of it. ``is_whole``: it could read all of that."""
        self._alerts = {one.alert_id: one for one in alerts}
        self._pulled_at, self._is_whole = pulled_at, is_whole

    def told(self, result: CheckResult, left_at: datetime | None = None) -> CheckResult:
        """The same answer with where, when and why the traveller was found in its hits; of another list, unchanged.

        ``left_at``: when the traveller who is asked about had left, None while they are here. Whoever had left before
        the one who is looked for was there to be found is nobody to look for. Nobody is cleared by what is old,
        was never pulled to its end, or could not all be read.
        """
        if result.source != CODE:
            return result
        if not result.hits:
            return self._unless_old(result)
        hits = [self._explained(hit) for hit in result.hits if not self._was_before(hit, left_at)]
        if hits:
            return result.model_copy(update={"hits": tuple(hits)})
        return self._unless_old(result.model_copy(update={"outcome": CheckOutcome.CLEAR, "hits": ()}))

    def _unless_old(self, result: CheckResult) -> CheckResult:
        """The list's own date is that of its last change: as of when it clears only the feed knows."""
        if result.outcome is not CheckOutcome.CLEAR:
            return result
        pulled_at = self._pulled_at
        if pulled_at is None:
            return _not_checked(result, Reason.LIST_NOT_LOADED)
        dated = result.model_copy(update={"source_as_of": pulled_at})
        # Of a pull that is days ahead of the clock nobody knows when it was: the clock was set back.
        is_old = abs(result.performed_at - pulled_at) > CLEARS_FOR
        if is_old:
            return _not_checked(dated, Reason.LIST_EXPIRED)
        return dated if self._is_whole else _not_checked(dated, Reason.LIST_FORMAT_UNKNOWN)

    def _was_before(self, hit: HitDetail, left_at: datetime | None) -> bool:
        alert = self._of(hit)
        return left_at is not None and alert is not None and left_at <= alert.left_at

    def _explained(self, hit: HitDetail) -> HitDetail:
        alert = self._of(hit)
        if alert is None:
            return hit
        said = (*hit.explanations, *self._explanations(alert))
        return hit.model_copy(update={"explanations": said})

    def _explanations(self, alert: AheadAlert) -> Iterable[Explanation]:
        at = f"{alert.left_at.astimezone(self._zone):%Y-%m-%d %H:%M}"
        yield Explanation(
            code=f"ahead_{alert.kind.value}", params={"post": alert.where, "lane": alert.lane, "at": at}
        )
        yield from (_why(hit) for hit in alert.hits[:REASONS_TOLD] if hit.source)
        yield Explanation(code="ahead_call", params={"post": alert.where})

    def _of(self, hit: HitDetail) -> AheadAlert | None:
        return self._alerts.get(alert_of(hit)) if hit.entry_reference else None


def _not_checked(result: CheckResult, reason: Reason) -> CheckResult:
    return result.model_copy(update={"outcome": CheckOutcome.NOT_CHECKED, "reason": reason})


def alert_of(hit: HitDetail) -> UUID:
    """Of a hit on the list: whom it says to look for. A document's own reference has the person's before it."""
    return UUID(hit.entry_reference.partition("#")[0])


def _why(hit: AheadHit) -> Explanation:
    return Explanation(code="ahead_why", params={"what": f"{hit.source} {hit.reference}".strip()})
