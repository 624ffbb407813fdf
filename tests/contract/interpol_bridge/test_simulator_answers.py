"""What leaves the simulator is what its behaviour says, and its log tells of it what is true."""

from typing import get_args
from uuid import uuid4

import httpx
import pytest

from interpol_bridge.simulator.behaviour import TRUE_ALL_THE_SAME, Behaviour, Fault
from tests.factories.waiting import wait_until

from .world import POST, Simulator

ASKED = {
    "officer": "officer-7",
    "post": POST,
    "purpose": "entry check",
    "legal_basis": "Border Act",
    "asked": {"document_number": "L898902C3", "issuing_state": "UTO"},
}


def ask(simulator: Simulator, request_id: str, timeout_s: float = 10) -> httpx.Response:
    body = {"request_id": request_id, **ASKED}
    return httpx.post(f"{simulator.url}/find/sltd", json=body, timeout=timeout_s, trust_env=False)


def is_true(answer: httpx.Response, request_id: str) -> bool:
    try:
        said = answer.json()
    except ValueError:
        return False
    if answer.status_code != 200 or said.get("request_id") != request_id or len(answer.content) > 1_000_000:
        return False
    return [one.get("record_reference") for one in said["records"]] == ["SLTD-0001"]


def notes_of(simulator: Simulator, request_id: str) -> dict[str, dict[str, object]]:
    return {line["event"]: line for line in simulator.noted if line.get("request_id") == request_id}


@pytest.mark.parametrize("fault", get_args(Fault))
def test_an_answer_is_true_or_not_as_the_log_says(simulator: Simulator, fault: Fault) -> None:
    simulator.behave(fault=fault, hang_s=0.2)
    request_id = str(uuid4())
    try:
        true = is_true(ask(simulator, request_id), request_id)
    except httpx.RemoteProtocolError:
        assert fault == "cut"
        true = False
    wait_until(lambda: "answered" in notes_of(simulator, request_id))
    notes = notes_of(simulator, request_id)

    assert true == (fault in TRUE_ALL_THE_SAME) == (notes["answered"]["truthful"] and notes["answered"]["whole"])
    assert (notes["asked"]["records"], notes["asked"]["references"]) == (1, ["SLTD-0001"])
    assert (notes["asked"]["fault"], notes["asked"]["call"]) == (fault, notes["answered"]["call"])


@pytest.mark.parametrize("fault", ["hang", "trickle"])
def test_an_answer_that_nobody_waited_for_did_not_leave_whole(simulator: Simulator, fault: Fault) -> None:
    simulator.behave(fault=fault, hang_s=1.0)
    request_id = str(uuid4())

    with pytest.raises(httpx.TimeoutException):
        httpx.post(
            f"{simulator.url}/find/sltd",
            json={"request_id": request_id, **ASKED},
            timeout=0.03 if fault == "trickle" else 0.2,
            trust_env=False,
        )
    wait_until(lambda: "answered" in notes_of(simulator, request_id))

    assert notes_of(simulator, request_id)["answered"]["whole"] is False


def test_the_behaviour_in_force_can_be_read(simulator: Simulator) -> None:
    simulator.behave(fault="empty", databases=["sltd"])

    shown = httpx.get(f"{simulator.url}/control/behaviour", trust_env=False).json()

    assert Behaviour.model_validate(shown) == Behaviour(fault="empty", databases=("sltd",))


def test_a_process_that_begins_is_in_the_log(running_simulator: Simulator) -> None:
    assert next(line["event"] for line in running_simulator.noted) == "started"
