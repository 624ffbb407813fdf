"""The simulator's HTTP server. It has no authentication and belongs on loopback or in a training network."""

import json
from pathlib import Path

from fastapi import FastAPI, HTTPException
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, ValidationError

from crossing.ports.bridge import Database, Mode
from interpol_bridge.errors import QuestionIncomplete
from interpol_bridge.simulator.asked_log import AskedLog
from interpol_bridge.simulator.behaviour import Behaviour, BehaviourSwitch
from interpol_bridge.simulator.delivery import Delivery, Forms
from interpol_bridge.simulator.matching import find
from interpol_bridge.simulator.protocol import FindAnswer, FindQuestion, FindStatus
from interpol_bridge.simulator.scenario import Scenario

NOBODYS_QUESTION = "00000000-0000-4000-8000-000000000000"


class Health(BaseModel):
    model_config = ConfigDict(frozen=True)

    status: str = "ok"


def create_simulator(scenario: Scenario, *, log: Path | None = None) -> FastAPI:
    """A server that answers from ``scenario`` and notes every question in ``log`` (JSON lines)."""
    return json_server(scenario, scenario.switch(), AskedLog(log))


def json_server(scenario: Scenario, switch: BehaviourSwitch, asked_log: AskedLog) -> FastAPI:
    """The JSON side; the switch and the log may be shared with the bureau that speaks XML."""
    app = FastAPI(title="INTERPOL simulator", description=__doc__)

    @app.post("/find/{database}", response_model=FindAnswer)
    async def find_records(database: Database, asked: FindQuestion) -> Response:
        try:
            question = asked.question(database)
        except (ValidationError, QuestionIncomplete):
            raise HTTPException(422, "Not a question for this database.") from None
        behaviour = switch.take(database)
        source = _source(behaviour)
        records = find(scenario, question)
        told = asked_log.asked(database, asked, records, behaviour, via="json")
        answer = FindAnswer(
            mode=source.mode,
            copy_as_of=source.copy_as_of,
            request_id=asked.request_id,
            database=database,
            records=records,
        )
        return Delivery(behaviour, _forms(answer), told)

    @app.get("/find/status", response_model=FindStatus)
    async def status() -> Response:
        behaviour = switch.take(None)
        return Delivery(behaviour, _forms(_source(behaviour)), lambda _: None)

    @app.get("/control/behaviour")
    async def behaviour_now() -> Behaviour:
        return switch.current

    @app.post("/control/behaviour")
    async def behave(behaviour: Behaviour) -> Behaviour:
        switch.set(behaviour)
        return behaviour

    @app.get("/health/live")
    async def live() -> Health:
        return Health()

    return app


def _source(behaviour: Behaviour) -> FindStatus:
    mode = Mode.OFFLINE_COPY if behaviour.copy_as_of else Mode.ONLINE
    return FindStatus(mode=mode, copy_as_of=behaviour.copy_as_of)


def _forms(answer: FindStatus) -> Forms:
    """An answer in JSON, and what is said instead of it."""
    said = answer.model_dump(mode="json")
    return Forms(
        media_type="application/json",
        answer=answer.model_dump_json().encode(),
        wrong={
            "wrong_shape": json.dumps({"status": "ok"}).encode(),
            "bad_record": json.dumps(said | {"records": [{"owner_bureau": "NCB Utopia"}]}).encode(),
            "other_question": json.dumps(said | {"request_id": NOBODYS_QUESTION}).encode(),
        },
    )
