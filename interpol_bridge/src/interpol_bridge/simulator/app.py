"""The simulator's HTTP server. It has no authentication and belongs on loopback or in a training network."""

import asyncio
import json
import threading
from pathlib import Path

from fastapi import FastAPI, HTTPException
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, ValidationError

from crossing.ports.bridge import Database, Mode
from interpol_bridge.clock import Clock, utc_now
from interpol_bridge.errors import QuestionIncomplete
from interpol_bridge.simulator.behaviour import Behaviour, BehaviourSwitch
from interpol_bridge.simulator.matching import find
from interpol_bridge.simulator.protocol import FindAnswer, FindQuestion, FindStatus
from interpol_bridge.simulator.scenario import Scenario

CAPTIVE_PORTAL = "<!doctype html><title>Sign in to the network</title><p>Please accept the terms of use."
NOBODYS_QUESTION = "00000000-0000-4000-8000-000000000000"


class Health(BaseModel):
    model_config = ConfigDict(frozen=True)

    status: str = "ok"


class AskedLog:
    """One JSON object a line for each question: when, by whom, what, how many records, which fault."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()

    def write(self, **line: object) -> None:
        if self._path is not None:
            with self._lock, self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")


def create_simulator(scenario: Scenario, *, log: Path | None = None, clock: Clock = utc_now) -> FastAPI:
    """A server that answers from ``scenario`` and notes every question in ``log`` (JSON lines)."""
    app = FastAPI(title="INTERPOL simulator", description=__doc__)
    switch = BehaviourSwitch(scenario.behaviour)
    asked_log = AskedLog(log)

    @app.post("/find/{database}", response_model=FindAnswer)
    async def find_records(database: Database, asked: FindQuestion) -> Response:
        try:
            question = asked.question(database)
        except (ValidationError, QuestionIncomplete):
            raise HTTPException(422, "Not a question for this database.") from None
        behaviour = switch.take(database)
        source = _source(behaviour)
        records = find(scenario, question)
        asked_log.write(
            at=clock().isoformat(),
            database=database,
            **asked.model_dump(mode="json"),
            records=len(records),
            fault=behaviour.fault,
        )
        answer = FindAnswer(
            mode=source.mode,
            copy_as_of=source.copy_as_of,
            request_id=asked.request_id,
            database=database,
            records=records,
        )
        return await _behave(behaviour, answer)

    @app.get("/find/status", response_model=FindStatus)
    async def status() -> Response:
        behaviour = switch.take(None)
        return await _behave(behaviour, _source(behaviour))

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


async def _behave(behaviour: Behaviour, answer: FindStatus) -> Response:
    """The answer as the behaviour lets it out."""
    await asyncio.sleep(behaviour.latency_ms / 1000)
    body = answer.model_dump_json()
    match behaviour.fault:
        case "none":
            pass
        case "hang":
            await asyncio.sleep(behaviour.hang_s)
        case "http_error":
            return Response(status_code=behaviour.status)
        case "html":
            return Response(CAPTIVE_PORTAL, media_type="text/html")
        case "truncated":
            body = body[: len(body) // 2]
        case "wrong_shape":
            body = json.dumps({"status": "ok"})
        case "other_question":
            body = json.dumps(answer.model_dump(mode="json") | {"request_id": NOBODYS_QUESTION})
    return Response(body, media_type="application/json")
