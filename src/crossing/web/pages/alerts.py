"""The capital's alerts: hits that the second line confirmed, and hits that came after the traveller had gone."""

from collections.abc import Iterable
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crossing.capital import service
from crossing.capital.schemas import AlertView
from crossing.decisions import repository as referrals
from crossing.decisions.schemas import ReferralView
from crossing.faces.schemas import Judgement
from crossing.movements import repository
from crossing.screening.schemas import HitDetail
from crossing.web.pages.context import NationSearcher, clock, database, record
from crossing.web.records import found_again, said_of_hits
from crossing.web.rendering import render

router = APIRouter(include_in_schema=False)

PURPOSE: Final = "alert_duty"
_WORDS: Final = {f"faces_{one.value}": one for one in Judgement}


@router.get("/alerts")
def newest(request: Request, analyst: NationSearcher) -> Response:
    with database(request).unit_of_work() as session:
        found = service.alerts(session)
        movements = {one.session_id: repository.of_session(session, one.session_id) for one in found}
        resolved = referrals.of_sessions(session, list(movements))
        record(request, session, analyst, "alert.listed", ("alert", "newest"), PURPOSE, {"count": len(found)})
    facts = {
        "alerts": found,
        "movements": movements,
        "now": clock(request).now(),
        "judged": judged,
        "said_of": said_of_hits(resolved),
        "found_again": found_again,
        "resolved": lambda alert: _resolved(alert, resolved),
    }
    return render(request, "capital/alerts.html", facts)


def _resolved(alert: AlertView, known: Iterable[ReferralView]) -> list[ReferralView]:
    """The referrals in which somebody decided on one of the hits of ``alert``."""
    hits = {hit.hit_id for check in alert.checks for hit in check.hits}
    return [
        one for one in known if one.resolution and hits & {hit.hit_id for check in one.reasons for hit in check.hits}
    ]


def judged(hit: HitDetail) -> Judgement | None:
    """What the officer at the desk said of the two faces; None where nobody was asked."""
    said = [_WORDS[one.code] for one in hit.explanations if one.code in _WORDS]
    return said[-1] if said else None
