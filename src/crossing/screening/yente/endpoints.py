"""yente's two questions, for systems of other services that have a key."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from crossing.audit.service import Audit
from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.identity.systems import AskingSystems
from crossing.platform.clock import Clock
from crossing.platform.db import Database
from crossing.platform.i18n import english_unless_asked
from crossing.screening.lists.service import ListService
from crossing.screening.yente import serving
from crossing.screening.yente.shapes import MAX_RESULTS, MatchRequest, MatchResponse, SearchResponse

router = APIRouter(tags=["screening for other systems"], dependencies=[Depends(english_unless_asked)])

_Asking = Annotated[Principal, Depends(requires(Permission.SCREENING_ASK))]
_Dataset = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
_Share = Annotated[float, Query(ge=0, le=1)]


@router.post("/match/{dataset}")
def match(
    request: Request,
    principal: _Asking,
    dataset: _Dataset,
    batch: MatchRequest,
    limit: Annotated[int, Query(ge=1, le=MAX_RESULTS)] = 5,
    threshold: _Share = 0.7,
    cutoff: _Share = 0.5,
) -> MatchResponse:
    """Who on our lists is most like each example, with a score.

    ``dataset`` is a list's code, ``default`` for all lists or ``sanctions``.

    Results below ``cutoff`` are left out; from ``threshold`` on they are a match. While a list is too old or not
    whole, a query without a match has the status 503: nobody can say then that nobody is listed.
    """
    asked = _counted(request, principal, dataset, len(batch.queries))
    clock: Clock = request.app.state.clock
    wanted = serving.Wanted(limit, threshold, cutoff)
    answer = serving.match(batch.queries, asked, clock.now(), wanted)
    _note(request, principal, dataset, len(batch.queries), sum(len(one.results) for one in answer.responses.values()))
    return answer


@router.get("/search/{dataset}")
def search(
    request: Request,
    principal: _Asking,
    dataset: _Dataset,
    q: Annotated[str, Query(max_length=400)] = "",
    limit: Annotated[int, Query(ge=1, le=MAX_RESULTS)] = 10,
    offset: Annotated[int, Query(ge=0, le=MAX_RESULTS)] = 0,
) -> SearchResponse:
    """Persons by a name. What is asked stands in the address, which logs between may keep: ``/match`` is better."""
    asked = _counted(request, principal, dataset, 1)
    clock: Clock = request.app.state.clock
    answer = serving.search(q, asked, clock.now(), limit=limit, offset=offset)
    _note(request, principal, dataset, 1, len(answer.results))
    return answer


def _counted(request: Request, principal: Principal, dataset: str, questions: int) -> serving.AskedLists:
    """The lists that are asked, once the questions are counted against what the system may ask."""
    clock: Clock = request.app.state.clock
    lists: ListService = request.app.state.lists
    database: Database = request.app.state.database
    systems: AskingSystems = request.app.state.systems
    with database.unit_of_work() as session:
        systems.count(session, principal, questions)
    return serving.lists_of(dataset, lists.current(), clock.now(), lists.unasked())


def _note(request: Request, principal: Principal, dataset: str, questions: int, answers: int) -> None:
    audit: Audit = request.app.state.audit
    database: Database = request.app.state.database
    systems: AskingSystems = request.app.state.systems
    with database.unit_of_work() as session:
        audit.record(
            session,
            actor=principal,
            action="list.asked",
            subject_kind="dataset",
            subject_id=dataset,
            purpose=systems.purpose_of(session, principal),
            detail={"questions": questions, "answers": answers},
        )
