"""The seven travellers. Each step is what an officer or an analyst does, and each answer is read."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from crossing.demo import cast
from crossing.demo.client import Desk, SimulatedDevices, until
from crossing.demo.processes import DemoError
from crossing.demo.stage import Stage

Say = Callable[[str], None]

_ANSWER_WITHIN_S = 30.0
_ARRIVE_WITHIN_S = 120.0
_CAMERA_SETTLES_S = 0.4


@dataclass(slots=True)
class Passed:
    """One traveller, as ``demo.json`` tells it."""

    case: str
    outcome: str
    movement_id: str
    local_answer_ms: float | None
    checks: list[dict[str, Any]]
    facts: dict[str, Any] = field(default_factory=dict)
    replicated: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "case": self.case,
            "outcome": self.outcome,
            "movement_id": self.movement_id,
            "local_answer_ms": self.local_answer_ms,
            "checks": self.checks,
            **self.facts,
            "replicated": self.replicated,
        }


class Story:
    """Tells it from the first traveller to the last. Raises :class:`DemoError` at the first thing that is not so."""

    def __init__(self, stage: Stage, say: Say) -> None:
        self._stage = stage
        self._say = say
        self._officer = Desk.sign_in(stage.post_url, "o.keita", stage.codes["post"]["o.keita"])
        self._second_line = Desk.sign_in(stage.post_url, "s.diarra", stage.codes["post"]["s.diarra"])
        self._analyst = Desk.sign_in(stage.capital_url, "n.analyst", stage.codes["capital"]["n.analyst"])
        self._devices = SimulatedDevices(stage.ports, stage.foundation.token)
        self.passed: list[Passed] = []

    def tell(self) -> list[Passed]:
        self._entry()
        self._exit()
        self._stolen_document()
        self._resident()
        self._missing_person()
        self._bridge_stopped()
        self._capital_stopped()
        self._read_back()
        return self.passed

    def close(self) -> None:
        for one in (self._officer, self._second_line, self._analyst):
            one.close()
        self._devices.close()

    # The travellers

    def _entry(self) -> None:
        self._say("1. Entry with a passport")
        view = self._arrive(cast.HOLDER, "entry")
        _require(all(check["outcome"] == "clear" for check in view["checks"]), "all clear", view)
        movement = self._decide(view, {"verdict": "admit", "purpose": "visit", "destination": "Nioro"})
        stay = movement["stay"] or {}
        self._keep("entry with a passport", movement, view, stay=stay)
        self._say(f"   admitted as {stay.get('regime')}, until {stay.get('until')}")

    def _exit(self) -> None:
        self._say("2. The same person leaves")
        view = self._arrive(cast.HOLDER, "exit")
        _require(view["history"]["open_entry"] is not None, "a known traveller with an open entry", view)
        movement = self._decide(view, {"verdict": "admit"})
        paired = movement["paired_entry"] or {}
        _require(paired.get("movement_id") == self.passed[0].movement_id, "paired with the entry", movement)
        self._keep("exit of a known traveller", movement, view, paired_entry=paired["movement_id"])
        self._say(f"   paired with the entry by {paired['basis']}, confidence {paired['confidence']}")

    def _stolen_document(self) -> None:
        self._say("3. A document reported stolen")
        view = self._arrive(cast.STOLEN, "entry")
        _require(_outcome(view, "interpol_sltd") == "hit", "a hit of the bridge on the lane", view)
        self._refer(view)
        movement = self._resolve(
            view,
            {
                "finding": "unconfirmed",
                "verdict": "refuse",
                "reason_code": "document_stolen_or_lost",
                "note": "Document kept; the national bureau is asked.",
            },
        )
        _require(movement["outcome"] == "refused", "entry refused", movement)
        self._keep("document reported stolen", movement, view, reason_code=movement["reason_code"])
        self._say(f"   the bridge answered HIT; second line; refused: {movement['reason_code']}")

    def _resident(self) -> None:
        self._say("4. A resident without a document")
        view = self._arrive(cast.RESIDENT, "entry")
        person = {
            "surname": cast.RESIDENT.surname,
            "given_names": cast.RESIDENT.given_names,
            "birth_date": cast.RESIDENT.birth_date,
            "birth_approximate": True,
            "sex": cast.RESIDENT.sex,
            "nationality": "MRT",
            "residence": "Koboni",
        }
        identity = {
            "case": "no_document",
            "person": person,
            "evidence_level": "witness",
            "witness": "Village chief of Koboni",
            "border_resident": True,
        }
        self._officer.call("PUT", f"/api/sessions/{view['session_id']}/identity", identity)
        view = self._answered(view["session_id"])
        movement = self._decide(view, {"verdict": "admit", "purpose": "market"})
        stay = movement["stay"] or {}
        _require(stay.get("regime") == "border_resident", "the resident's regime", movement)
        self._keep("resident without a document", movement, view, stay=stay)
        self._say(
            f"   declared identity, born about {cast.RESIDENT.birth_date}; {stay['regime']} until {stay['until']}"
        )

    def _missing_person(self) -> None:
        self._say("5. A face on a list of missing persons")
        view = self._arrive(cast.MISSING, "entry")
        _require(_outcome(view, "face_list") == "possible", "a face candidate", view)
        hits = [hit for check in view["checks"] if check["kind"] == "face_list" for hit in check["hits"]]
        _require(bool(hits) and hits[0]["notice_colour"] == "yellow", "a yellow notice", view)
        _require(not view["needs_second_line"], "no alert before a person has looked", view)
        self._compare(view, "face_list", "same")
        self._refer(view)
        movement = self._resolve(
            view,
            {
                "finding": "confirmed",
                "verdict": "admit",
                "handling": hits[0]["handling"] or "Asked in private; not detained.",
                "note": "Recognised, spoken with in private. Wants the family to be told.",
            },
        )
        _require(movement["handling"] != "", "handled with care", movement)
        self._keep("face of a missing person", movement, view, handling=movement["handling"])
        self._say("   yellow notice; recognised by the officer, then in second line; admitted, handled with care")

    def _bridge_stopped(self) -> None:
        self._say("6. The INTERPOL bridge is stopped")
        self._stage.stop("INTERPOL bridge")
        view = self._arrive(cast.UNANSWERED, "entry")
        unanswered = _check(view, "interpol_sltd")
        _require(unanswered["outcome"] == "not_checked", "NOT_CHECKED, never clear", view)
        self._look_alike(view)
        movement = self._decide(view, {"verdict": "admit"})
        self._say(f"   registered; INTERPOL not checked: {unanswered['reason']}")
        self._stage.start_again("INTERPOL bridge")
        again = until(
            lambda: self._rescreened(view["session_id"]), within_s=_ANSWER_WITHIN_S, what="the re-check by the bridge"
        )
        answer = _check(again, "interpol_sltd")
        self._keep(
            "bridge stopped",
            movement,
            view,
            not_checked_reason=unanswered["reason"],
            rescreened={"outcome": answer["outcome"], "performed_at": answer["performed_at"]},
        )
        self._say(f"   the bridge is back; screened again: {answer['outcome']}")

    def _capital_stopped(self) -> None:
        self._say("7. The capital is stopped")
        self._stage.stop("capital")
        view = self._arrive(cast.CUT_OFF, "entry")
        self._look_alike(view)
        movement = self._decide(view, {"verdict": "admit"})
        self._keep("capital stopped", movement, view)
        self._say("   registered all the same")
        self._stage.start_again("capital")

    # What the capital has

    def _read_back(self) -> None:
        self._say("Reading everything back from the capital")
        for one in self.passed:
            until(lambda one=one: self._arrived(one), within_s=_ARRIVE_WITHIN_S, what=f"{one.case} at the capital")  # type: ignore[misc]
            one.replicated = True
        number = cast.CUT_OFF.document_number
        found = self._analyst.call("POST", "/api/search", {"purpose": "data_quality", "document_number": number})
        _require([hit["movements"] for hit in found["found"]] == [1], "the seventh traveller once", found)
        self._say(f"   {len(self.passed)} of {len(self.passed)} there, each once")

    def _arrived(self, one: Passed) -> dict[str, Any] | None:
        """The movement as the capital has it, with its live portrait's bytes there too."""
        path = f"/api/movements/{one.movement_id}"
        there: dict[str, Any] | None = self._analyst.try_call(path, purpose="data_quality")
        if there is None or not self._analyst.has(f"{path}/images/live", purpose="data_quality"):
            return None
        return there

    # Steps

    def _arrive(self, traveller: cast.Traveller, direction: str) -> dict[str, Any]:
        """Page into the scanner, person before the camera, and both captured; returns the session, answered."""
        self._devices.arrive(traveller, self._stage.material)
        time.sleep(_CAMERA_SETTLES_S)
        lane = self._stage.lane_id
        opened = self._officer.call("POST", f"/api/lanes/{lane}/sessions", {"direction": direction})
        session = opened["session_id"]
        order = {"page": traveller.page is not None, "live": True}
        self._officer.call("POST", f"/api/sessions/{session}/capture", order)
        view = self._answered(session)
        _require(not view["troubles"], "no trouble with the devices", view)
        if traveller.electronic:
            chip = view["chip"] or {}
            _require(chip.get("verdict") == "verified" and chip["mrz_agrees"], "a genuine chip", view)
            self._say(f"   chip opened by {chip['access']}, signed by {chip['signer']}: genuine")
        if traveller.page is not None:
            number = (view["document"] or {}).get("number")
            _require(number == traveller.document_number, "the document's number as printed", view)
            self._say(
                f"   MRZ read from the page; local checks answered in {view['times']['local_answer_ms']:.0f} ms"
            )
        return view

    def _answered(self, session: str) -> dict[str, Any]:
        """The session once nothing is being asked any more."""

        def look() -> dict[str, Any] | None:
            view: dict[str, Any] = self._officer.call("GET", f"/api/sessions/{session}")
            chip_asked = (view["chip"] or {}).get("state") in ("waiting", "reading")
            return None if view["checks_pending"] or chip_asked else view

        return until(look, within_s=_ANSWER_WITHIN_S, what="the answers of the bridge and the chip")

    def _rescreened(self, session: str) -> dict[str, Any] | None:
        view: dict[str, Any] = self._officer.call("GET", f"/api/sessions/{session}")
        waiting = [
            check for check in view["checks"] if check["outcome"] == "not_checked" and check["source"] == "interpol"
        ]
        return None if waiting else view

    def _decide(self, view: dict[str, Any], decision: dict[str, Any]) -> dict[str, Any]:
        if view["needs_confirmation"]:
            seen = {"evidence": view["evidence"]}
            self._officer.call("POST", f"/api/sessions/{view['session_id']}/confirmation", seen)
        movement: dict[str, Any] = self._officer.call(
            "POST", f"/api/sessions/{view['session_id']}/decision", decision
        )
        return movement

    def _look_alike(self, view: dict[str, Any]) -> None:
        """The face of somebody who was here today under another name: two people of this story share a portrait."""
        [asked] = self._compare(view, "face_recent", "other", note="One portrait stands for two people here.")
        self._say(f"   the face is like that of {asked['label']}: the officer compared them, another person")

    def _compare(self, view: dict[str, Any], kind: str, judged: str, *, note: str = "") -> list[dict[str, Any]]:
        """Answer every question of this kind, as the officer does who sees the two pictures side by side."""
        asked = [one for one in view["faces_to_compare"] if one["kind"] == kind]
        _require(bool(asked), f"two faces to compare, {kind}", view)
        for one in asked:
            pictures = {name: one[name] for name in ("kind", "source", "reference", "live_sha256", "other_sha256")}
            answer = pictures | {"judged": judged, "note": note}
            self._officer.call("POST", f"/api/sessions/{view['session_id']}/faces", answer)
        return asked

    def _refer(self, view: dict[str, Any]) -> None:
        self._officer.call("POST", f"/api/sessions/{view['session_id']}/referral", {"note": ""})

    def _resolve(self, view: dict[str, Any], resolution: dict[str, Any]) -> dict[str, Any]:
        waiting = self._second_line.call("GET", "/api/referrals")
        mine = [one for one in waiting if one["session_id"] == view["session_id"]]
        _require(len(mine) == 1, "one referral at the second line", {"waiting": len(waiting)})
        path = f"/api/referrals/{mine[0]['referral_id']}"
        self._second_line.call("POST", f"{path}/resolution", resolution)
        session = self._second_line.call("GET", f"/api/sessions/{view['session_id']}")
        movement: dict[str, Any] = self._second_line.call(
            "GET", f"/api/movements/{session['movement_id']}", purpose="second_line"
        )
        return movement

    def _keep(self, case: str, movement: dict[str, Any], view: dict[str, Any], **facts: Any) -> None:
        self.passed.append(
            Passed(
                case=case,
                outcome=movement["outcome"],
                movement_id=movement["movement_id"],
                local_answer_ms=view["times"]["local_answer_ms"],
                checks=[_told(check) for check in movement["known_at_decision"]["checks"]],
                facts=facts,
            )
        )


def _told(check: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": check["kind"],
        "source": check["source"],
        "outcome": check["outcome"],
        "reason": check["reason"],
        "ms": check["duration_ms"],
    }


def _check(view: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next((check for check in view["checks"] if check["kind"] == kind), {"outcome": "absent"})
    return found


def _outcome(view: dict[str, Any], kind: str) -> str:
    """The strongest outcome among the checks of a kind; there is one for each list."""
    order = ("hit", "possible", "not_checked", "clear")
    outcomes = {check["outcome"] for check in view["checks"] if check["kind"] == kind}
    return next((one for one in order if one in outcomes), "absent")


def _require(holds: bool, what: str, seen: dict[str, Any]) -> None:
    if not holds:
        checks = [f"{check['kind']}={check['outcome']}" for check in seen.get("checks", [])]
        raise DemoError(f"Expected {what}. Seen: {', '.join(checks) or seen}")
