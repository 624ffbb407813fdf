"""The bureau's service: searches and a status, from the same records, behaviour and log as the JSON side."""

from fastapi import FastAPI, Request
from fastapi.responses import Response
from pydantic import ValidationError

from crossing.ports.bridge import Database
from interpol_bridge.errors import QuestionIncomplete
from interpol_bridge.simulator.asked_log import AskedLog
from interpol_bridge.simulator.behaviour import BehaviourSwitch
from interpol_bridge.simulator.bureau.answers import MEDIA_TYPE, answer_forms, fault, status_forms
from interpol_bridge.simulator.bureau.questions import NoSearch, SearchReader
from interpol_bridge.simulator.delivery import Delivery
from interpol_bridge.simulator.matching import find
from interpol_bridge.simulator.scenario import Scenario

SEARCH_BYTES = 65_536

PATHS = {
    "documents": frozenset({Database.SLTD, Database.TDAWN}),
    "persons": frozenset({Database.NOMINALS}),
    "vehicles": frozenset({Database.SMV}),
}


def create_bureau(scenario: Scenario, switch: BehaviourSwitch, asked_log: AskedLog) -> FastAPI:
    """The XML side of a simulator; serve it with ``bureau_server``, which asks for certificates.

    A request that is no search, or a search of another path's databases, gets a 400 and a fault.
    """
    app = FastAPI(title="Simulated bureau", description=__doc__, openapi_url=None)
    reader = SearchReader()

    @app.post("/find/{kind}")
    async def search(kind: str, request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return _fault(413, "TOO_LONG")
        try:
            database, asked = reader.read(body)
            question = asked.question(database)
        except (NoSearch, ValidationError, QuestionIncomplete):
            return _fault(400, "BAD_REQUEST")
        if database not in PATHS.get(kind, frozenset()):
            return _fault(400, "NOT_SUPPORTED")
        behaviour = switch.take(database)
        records = find(scenario, question)
        told = asked_log.asked(database, asked, records, behaviour, via="xml")
        return Delivery(behaviour, answer_forms(asked.request_id, database, records, behaviour.copy_as_of), told)

    @app.get("/find/status")
    async def status() -> Response:
        behaviour = switch.take(None)
        return Delivery(behaviour, status_forms(behaviour.copy_as_of), lambda _: None)

    return app


async def _body(request: Request) -> bytes | None:
    """The request's body; None where it is too long."""
    received = bytearray()
    async for piece in request.stream():
        received += piece
        if len(received) > SEARCH_BYTES:
            return None
    return bytes(received)


def _fault(status: int, code: str) -> Response:
    return Response(fault(code), status_code=status, media_type=MEDIA_TYPE)
