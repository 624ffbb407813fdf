"""The second line: who waits and for how long, the reasons side by side, the outcome, the second pair of eyes."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import ValidationError

from crossing.decisions import repository as referrals
from crossing.decisions.errors import (
    BureauReferenceNeeded,
    FindingContradicted,
    LookedForUnanswered,
    ReasonNeeded,
    RecordsUnanswered,
    ReferralUnknown,
)
from crossing.decisions.looked_for import asks_which, looked_for
from crossing.decisions.records import asks_for_words, records
from crossing.decisions.schemas import (
    Finding,
    HitWord,
    LookedForWord,
    ReferralState,
    ReferralView,
    RefusalReason,
    Resolution,
    Verdict,
)
from crossing.faces.schemas import Judgement
from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.lanes import repository as sessions
from crossing.lanes.assembly import person_of, shown_as
from crossing.lanes.errors import FaceNoteNeeded
from crossing.lanes.face_endpoints import face_desk_of, judged_detail
from crossing.lanes.referral_pictures import named_picture, own_picture
from crossing.lanes.remembering import remembered
from crossing.lanes.schemas import ImageKind, SessionState, SessionView
from crossing.lanes.second_line import LOOKED
from crossing.lanes.service import REFERRALS_TOPIC
from crossing.lanes.state import desk_of
from crossing.movements import repository as movements
from crossing.movements.schemas import Person
from crossing.platform.db import Session
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.platform.i18n import locale_for, translator_for
from crossing.platform.live import changes
from crossing.platform.problems import STATUS
from crossing.platform.typed import FormLines
from crossing.screening.clearance_endpoints import clearances_of
from crossing.screening.schemas import INTERPOL_KINDS, CheckResult, HitDetail
from crossing.screening.verifications import VerificationQueue
from crossing.web.errors import sentence
from crossing.web.faces import is_of_a_face, pair_key, pair_of, said_before
from crossing.web.pages.context import Crop, SecondLine, blobs, clock, database, notices, picture_response, record
from crossing.web.pages.faces import FaceForm
from crossing.web.pages.lane import Slip
from crossing.web.records import ABOUT_PERSONS, answered_since, found_again, newest_of
from crossing.web.rendering import is_fragment, render
from crossing.web.resolution_form import ResolutionForm
from crossing.web.words import Words

router = APIRouter(include_in_schema=False)

PURPOSE = "second_line"

Supervisor = Annotated[Principal, Depends(requires(Permission.ENTRIES_APPROVE))]

_SLIP: Final = Slip(
    {
        ReasonNeeded: "reason_code",
        BureauReferenceNeeded: "bureau_reference",
        RecordsUnanswered: "records",
        LookedForUnanswered: "people",
        FindingContradicted: "finding",
    },
    {},
)
_OF_PEOPLE: Final = (Finding.CONFIRMED, Finding.NOT_THE_PERSON, Finding.UNCONFIRMED)
"""What can be found of somebody who is looked for: no bureau withdraws that."""

_SLIP_OF_RECORDS: Final = Slip({**_SLIP.beside, BureauReferenceNeeded: "records"}, {})


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line of the queue. ``left``: the traveller went before anybody decided."""

    referral: ReferralView
    person: Person | None
    left: bool


_EMPTY = ResolutionForm(reasons_seen=0)


@router.get("/referrals")
def queue(request: Request, officer: SecondLine, seen: Annotated[str, Query(max_length=10_000)] = "") -> Response:
    """``seen``: the referrals that this screen shows already; they are not looked at anew every half minute."""
    with database(request).unit_of_work() as session:
        waiting = [_waiting(session, one) for one in referrals.waiting(session)]
        if {str(one.referral.referral_id) for one in waiting} - set(seen.split()):
            detail = {"count": len(waiting)}
            record(request, session, officer, "referral.listed", ("referral", "waiting"), PURPOSE, detail)
    template = "second_line/queue_rows.html" if is_fragment(request) else "second_line/queue.html"
    return render(request, template, {"waiting": waiting, "now": clock(request).now(), "newest_of": newest_of})


@router.get("/referrals/live", response_class=EventSourceResponse)
async def live(request: Request, _officer: SecondLine) -> AsyncIterator[ServerSentEvent]:
    async for event in changes(request, notices(request), REFERRALS_TOPIC):
        yield event


@router.get("/referrals/{referral_id}")
def show(referral_id: UUID, request: Request, officer: SecondLine) -> Response:
    with database(request).unit_of_work() as session:
        record(request, session, officer, "referral.read", ("referral", referral_id), PURPOSE)
        facts = _facts(request, session, referral_id, officer)
    return render(request, "second_line/referral.html", {**facts, "errors": {}, "form_values": _EMPTY, "typed": {}})


@router.post("/referrals/{referral_id}/resolution")
def resolve(
    referral_id: UUID, request: Request, officer: SecondLine, form: Annotated[ResolutionForm, Form()]
) -> Response:
    errors: dict[str, str] = {}
    resolution = _resolution(request, form, errors)
    if resolution is None:
        return _again(request, referral_id, officer, form, errors, 422)

    def work(session: Session) -> None:
        desk_of(request).resolve(session, referral_id, resolution, officer=officer.login)
        detail = {"finding": resolution.finding.value}
        record(request, session, officer, "referral.resolved", ("referral", referral_id), PURPOSE, detail)

    return _settle(request, referral_id, officer, form, work, _SLIP_OF_RECORDS if form.words else _SLIP)


@router.post("/referrals/{referral_id}/faces")
def judge(referral_id: UUID, request: Request, officer: SecondLine, form: Annotated[FaceForm, Form()]) -> Response:
    """The second line's own word on two faces."""

    def work(session: Session) -> None:
        row = referrals.referral(session, referral_id)
        if row is None:
            raise ReferralUnknown
        face_desk_of(request).judge(session, row.session_id, form.answer, officer=officer.login, line="second")
        detail = judged_detail(form.answer)
        record(request, session, officer, "session.faces_compared", ("session", row.session_id), PURPOSE, detail)

    slip = Slip({FaceNoteNeeded: form.note_field}, {form.note_field: form.note})
    return _settle(request, referral_id, officer, _EMPTY, work, slip)


@router.post("/referrals/{referral_id}/approval")
def approve(referral_id: UUID, request: Request, officer: SecondLine) -> Response:
    def work(session: Session) -> None:
        desk_of(request).approve(session, referral_id, officer=officer.login)
        record(request, session, officer, "referral.approved", ("referral", referral_id), PURPOSE)

    return _settle(request, referral_id, officer, _EMPTY, work)


@router.post("/referrals/{referral_id}/clearances/{clearance_id}/revocation")
def revoke(
    referral_id: UUID,
    clearance_id: UUID,
    request: Request,
    supervisor: Supervisor,
    reason: Annotated[FormLines, Form(min_length=3, max_length=500)],
) -> Response:
    """Whoever was found not to be a listed person is stopped for the entry again."""

    def work(session: Session) -> None:
        clearances_of(request).revoke(session, clearance_id, officer=supervisor.login, reason=reason)
        record(request, session, supervisor, "clearance.revoked", ("clearance", clearance_id), PURPOSE)

    return _settle(request, referral_id, supervisor, _EMPTY, work)


@router.get("/referrals/{referral_id}/images/{kind}")
def own_image(
    referral_id: UUID, kind: ImageKind, request: Request, officer: SecondLine, crop: Crop = None
) -> Response:
    """The traveller's own picture, as long as there is the referral."""
    with database(request).unit_of_work() as session:
        picture = own_picture(session, referral_id, kind)
        record(request, session, officer, LOOKED, ("referral", referral_id), PURPOSE, picture.detail)
    return picture_response(request, picture.sha256, blobs(request).get(picture.sha256), crop)


@router.get("/referrals/{referral_id}/portraits/{sha256}")
def portrait(referral_id: UUID, sha256: str, request: Request, officer: SecondLine, crop: Crop = None) -> Response:
    """A picture that the referral's reasons name, and no other image of the store."""
    with database(request).unit_of_work() as session:
        picture = named_picture(session, referral_id, sha256)
        record(request, session, officer, LOOKED, ("referral", referral_id), PURPOSE, picture.detail)
    return picture_response(request, picture.sha256, blobs(request).get(picture.sha256), crop)


def _settle(
    request: Request,
    referral_id: UUID,
    officer: Principal,
    form: ResolutionForm,
    work: Callable[[Session], None],
    slip: Slip = _SLIP,
) -> Response:
    """``work`` in one transaction; where it raises, nothing is kept and the page says why beside the field."""
    try:
        with database(request).unit_of_work() as session:
            work(session)
    except ReferralUnknown:
        raise
    except DomainError as error:
        errors = {slip.beside.get(type(error), ""): sentence(request, error)}
        return _again(request, referral_id, officer, form, errors, STATUS[error.kind], slip.typed)
    return RedirectResponse(f"/referrals/{referral_id}", status_code=303)


def _again(
    request: Request,
    referral_id: UUID,
    officer: Principal,
    form: ResolutionForm,
    errors: dict[str, str],
    status: int,
    typed: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    with reading(database(request)) as session:
        facts = _facts(request, session, referral_id, officer)
    facts |= {"errors": errors, "form_values": form, "typed": typed}
    return render(request, "second_line/referral.html", facts, status=status)


def _facts(request: Request, session: Session, referral_id: UUID, officer: Principal) -> dict[str, Any]:
    row = referrals.referral(session, referral_id)
    if row is None:
        raise ReferralUnknown
    view, words = referrals.view(row), Words(locale_for(request))
    traveller = _traveller(request, session, view)
    verifications: VerificationQueue = request.app.state.verifications
    return {
        "referral": view,
        "traveller": traveller,
        "remembered": remembered(session, clearances_of(request), view, traveller.document),
        "verifications": verifications.of_referrals(session, [referral_id]),
        "may_revoke": officer.may(Permission.ENTRIES_APPROVE),
        "now": clock(request).now(),
        "from_interpol": any(check.kind in INTERPOL_KINDS for check in view.reasons),
        "records": _records(view),
        "people": _people(view),
        "said_of": _said_of(view),
        "is_of_a_face": is_of_a_face,
        "shown_as": shown_as,
        "about_persons": ABOUT_PERSONS,
        "found_again": found_again,
        "answered_since": answered_since,
        "pair_of": pair_of,
        "pair_key": pair_key,
        "judgements": list(Judgement),
        "left_at": _left_at(session, view),
        "said_before": said_before,
        "may_approve": view.state is ReferralState.AWAITING_APPROVAL and view.resolved_by != officer.login,
        "findings": [(one.value, words.of(one)) for one in Finding],
        "findings_of_people": [(one.value, words.of(one)) for one in _OF_PEOPLE],
        "verdicts": [(one.value, words.of(one)) for one in Verdict],
        "refusals": [(one.value, words.of(one)) for one in RefusalReason],
    }


def _records(referral: ReferralView) -> list[tuple[CheckResult, HitDetail]]:
    """INTERPOL's records that each need a word of their own, each by the first hit on it."""
    if not asks_for_words(referral.reasons):
        return []
    first = set(records(referral.reasons).values())
    return [(check, hit) for check in referral.reasons for hit in check.hits if hit.hit_id in first]


def _people(referral: ReferralView) -> list[tuple[CheckResult, HitDetail]]:
    """Those whom the posts look for, each of whom needs a word of their own, each by the first hit."""
    if not asks_which(referral.reasons):
        return []
    first = set(looked_for(referral.reasons).values())
    return [(check, hit) for check in referral.reasons for hit in check.hits if hit.hit_id in first]


def _said_of(referral: ReferralView) -> dict[UUID, HitWord | LookedForWord]:
    """By hit, what was found of single records and of single people."""
    if referral.resolution is None:
        return {}
    words: list[HitWord | LookedForWord] = [*referral.resolution.hits, *referral.resolution.looked_for]
    return {word.hit_id: word for word in words}


def _left_at(session: Session, referral: ReferralView) -> datetime | None:
    """When the traveller of a late referral left the desk: what was answered after that came too late for it."""
    movement = movements.of_session(session, referral.session_id) if referral.late else None
    return movement.occurred_at if movement else None


def _waiting(session: Session, referral: ReferralView) -> Waiting:
    row = sessions.get(session, referral.session_id)
    return Waiting(referral, person_of(row), row.state == SessionState.ABANDONED)


def _traveller(request: Request, session: Session, referral: ReferralView) -> SessionView:
    return desk_of(request).view(session, sessions.get(session, referral.session_id))


def _resolution(request: Request, form: ResolutionForm, errors: dict[str, str]) -> Resolution | None:
    translate = translator_for(request).gettext
    if form.finding not in set(Finding):
        errors["finding"] = translate("Choose what you found.")
    if form.verdict not in set(Verdict):
        errors["verdict"] = translate("Choose what happens to the traveller.")
    refused = form.verdict == Verdict.REFUSE
    if refused and form.reason_code not in set(RefusalReason):
        errors["reason_code"] = translate("Choose the reason for the refusal.")
    if errors:
        return None
    try:
        return Resolution.model_validate(
            {
                "finding": form.finding,
                "hits": form.words,
                "looked_for": form.people,
                "verdict": form.verdict,
                "reason_code": form.reason_code if refused else None,
                "handling": form.handling,
                "bureau_reference": form.bureau_reference,
                "note": form.note,
                "reasons_seen": form.reasons_seen,
            }
        )
    except ValidationError as invalid:
        for problem in invalid.errors():
            field, *below = problem["loc"]
            if field == "looked_for":
                errors["people"] = translate(LookedForUnanswered.message)
            elif field == "hits" and below[-1:] != ["bureau_reference"]:
                errors["records"] = translate(RecordsUnanswered.message)
            else:
                errors["records" if field == "hits" else str(field)] = translate("This is too long.")
        return None
