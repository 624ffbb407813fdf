"""The routes of the contract. Each hands its question to the service and returns what it says."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, ConfigDict

from crossing.ports.bridge import (
    BatchAnswer,
    BatchQuery,
    BridgeAnswer,
    BridgeStatus,
    Database,
    DocumentQuery,
    HitVerification,
    NominalQuery,
    VehicleQuery,
    VerificationState,
)
from interpol_bridge.http.identity import CALLER_STATE
from interpol_bridge.http.problems import MEDIA_TYPE, PROBLEM_SCHEMA
from interpol_bridge.metrics import Metrics
from interpol_bridge.questions import Question, question_of_item
from interpol_bridge.rates import RateLimiter
from interpol_bridge.service import BridgeService

REFUSALS: dict[int | str, dict[str, object]] = {
    status: {"description": text, "content": {MEDIA_TYPE: {"schema": PROBLEM_SCHEMA}}}
    for status, text in {
        400: "The body can't be read.",
        401: "No client certificate, or not an allowed one.",
        408: "The body came too slowly.",
        413: "The body is too large.",
        422: "The request is not as the contract says.",
        429: "More than this caller may ask; Retry-After says when to come again.",
        503: "The audit can't be written, so nothing is asked.",
    }.items()
}
ASKING = REFUSALS | {
    403: {**REFUSALS[401], "description": "A question names a post other than the caller."},
    409: {**REFUSALS[401], "description": "The request id stands for another question."},
}
VERIFYING = REFUSALS | {
    404: {**REFUSALS[401], "description": "No such hit was given to this caller."},
    409: {**REFUSALS[401], "description": "A word that was said later stands, or the id is of another word."},
}


Deadline = Annotated[
    int | None,
    Query(
        ge=50,
        le=60_000,
        description="Milliseconds that the caller waits for the databases; then it gets what the copy says.",
    ),
]


class Health(BaseModel):
    model_config = ConfigDict(frozen=True)

    status: str = "ok"


def caller_of(request: Request) -> str:
    """The post code that the client certificate names."""
    return str(getattr(request.state, CALLER_STATE))


class Told(Response):
    """An answer of the contract as it stands: FastAPI would validate it once more, in a thread of its own."""

    media_type = "application/json"

    def __init__(self, answer: BaseModel) -> None:
        super().__init__(answer.model_dump_json())


def contract_router(service: BridgeService, limiter: RateLimiter) -> APIRouter:
    """``/v1``: a batch spends one token of its caller for each item, as single requests do (``RateMiddleware``); new
    questions are counted by the service."""
    router = APIRouter(prefix="/v1")

    def ask(
        request: Request, database: Database, query: DocumentQuery | NominalQuery | VehicleQuery, deadline: Deadline
    ) -> Told:
        return Told(service.ask(caller_of(request), [Question(database, query)], _seconds(deadline))[0])

    @router.post("/sltd/query", response_model=BridgeAnswer, responses=ASKING)
    def ask_sltd(query: DocumentQuery, request: Request, deadline_ms: Deadline = None) -> Told:
        """Stolen and Lost Travel Documents."""
        return ask(request, Database.SLTD, query, deadline_ms)

    @router.post("/tdawn/query", response_model=BridgeAnswer, responses=ASKING)
    def ask_tdawn(query: DocumentQuery, request: Request, deadline_ms: Deadline = None) -> Told:
        """Travel Documents Associated With Notices."""
        return ask(request, Database.TDAWN, query, deadline_ms)

    @router.post("/nominals/query", response_model=BridgeAnswer, responses=ASKING)
    def ask_nominals(query: NominalQuery, request: Request, deadline_ms: Deadline = None) -> Told:
        """Persons, with the colours of their notices."""
        return ask(request, Database.NOMINALS, query, deadline_ms)

    @router.post("/smv/query", response_model=BridgeAnswer, responses=ASKING)
    def ask_smv(query: VehicleQuery, request: Request, deadline_ms: Deadline = None) -> Told:
        """Stolen Motor Vehicles."""
        return ask(request, Database.SMV, query, deadline_ms)

    @router.post("/batch", response_model=BatchAnswer, responses=ASKING)
    def ask_batch(batch: BatchQuery, request: Request, deadline_ms: Deadline = None) -> Told:
        """Up to 50 questions at once, each with its own request id. One that is refused refuses all."""
        questions = [question_of_item(item) for item in batch.items]
        caller = caller_of(request)
        limiter.spend(caller, len(questions) - 1)
        return Told(BatchAnswer(answers=service.ask(caller, questions, _seconds(deadline_ms))))

    @router.post("/hits/{hit_id}/verification", response_model=VerificationState, responses=VERIFYING)
    def verify_hit(hit_id: UUID, word: HitVerification, request: Request) -> Told:
        """A word on a hit that this caller was given; the answer is the word that stands."""
        return Told(service.verify_hit(caller_of(request), hit_id, word))

    @router.get("/status", response_model=BridgeStatus, responses=REFUSALS)
    def status(request: Request) -> Told:
        """Whether INTERPOL is being asked right now, how old the copy is, and what of the caller's waits."""
        return Told(service.status(caller_of(request)))

    return router


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def operations_router(check: Callable[[], None], metrics: Metrics) -> APIRouter:
    """Health, open to everyone, and metrics."""
    router = APIRouter()

    @router.get("/health/live")
    async def live() -> Health:
        """The process runs."""
        return Health()

    @router.get("/health/ready", responses={503: REFUSALS[503]})
    def ready() -> Health:
        """The audit can be written, so questions can be taken; whether the backend answers is ``/v1/status``."""
        check()
        return Health()

    @router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    def measured() -> Response:
        """Counters in Prometheus' text format."""
        return Response(metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    return router
