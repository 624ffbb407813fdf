"""Everything that a post records reaches the capital, each once: movements with their images, what the second line
found, and answers that came after the traveller had left; though capital and bridge go away in between."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from crossing.faces.models import FaceTally
from crossing.identity.roles import Role
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.screening.lists.service import ListService
from crossing_devices.simulated.passport.personalise import Passport, personalise
from crossing_devices.simulated.passport.pki import make_authority
from tests.contract.interpol_bridge.certificates import Authority
from tests.contract.interpol_bridge.world import bridge_in, simulator_in
from tests.factories.chip_readers import READER, TOKEN, chip_reader_agent
from tests.factories.desk import admit, declare, good, holder, pass_through, refer, step_up
from tests.factories.screening.lists import order
from tests.factories.services import (
    POST,
    CapitalService,
    PostService,
    enrol,
    post_settings,
    prepared_post,
    running_capital,
    running_post,
)
from tests.factories.serving import free_ports
from tests.factories.specimens import astronaut, live_picture, passport_page
from tests.factories.waiting import wait_until

STOLEN = "L898902C3"
"""The simulated bureau has this passport as stolen."""
QUERY = {"purpose": "data_quality"}


class Country:
    """A capital that is stopped and started on one database, a bridge that may be absent, and a post between."""

    def __init__(self, folder: Path, database: Database) -> None:
        self._folder, self._database = folder, database
        self._machine_port, self._bridge_port = free_ports(1), free_ports(2) + 1
        self._authority = Authority(folder / "bridge-trust")
        self._running = ExitStack()
        self._chips = self._running.enter_context(chip_reader_agent())
        self._capital: ExitStack = ExitStack()
        self.capital = self.start_capital()
        self.post = self._start_post()

    def start_capital(self) -> CapitalService:
        self._capital = ExitStack()
        self.capital = self._capital.enter_context(
            running_capital(self._folder / "capital", self._database, machine_port=self._machine_port)
        )
        return self.capital

    def stop_capital(self) -> None:
        self._capital.close()

    def start_bridge(self) -> None:
        simulator = self._running.enter_context(simulator_in(self._folder))
        self._running.enter_context(
            bridge_in(self._folder / "bridge", self._authority, simulator.url, self._bridge_port)
        )

    def _start_post(self) -> PostService:
        shown = self._authority.issue(POST.post)
        settings = post_settings(
            self._folder / "post",
            capital_url=f"https://127.0.0.1:{self._machine_port}",
            bridge_url=f"https://127.0.0.1:{self._bridge_port}",
            bridge_certificate=shown.certificate_file,
            bridge_key=shown.key_file,
            bridge_authority=self._authority.file,
            bridge_timeout_s=2,
            recheck_interval_s=0.2,
            agent_url=f"http://127.0.0.1:{self._chips.agent_port}",
            agent_token=SecretStr(TOKEN),
        )
        prepared_post(settings)
        enrol(settings, self.capital.settings)
        return self._running.enter_context(running_post(settings))

    def lay_on_the_reader(self, passport: Passport) -> None:
        """A document lies on the chip reader of the post's lane."""
        field = self._running.enter_context(self._chips.field())
        field.insert(passport)
        administrator = self.post.officer(Role.ADMINISTRATOR)
        good(administrator.put(f"/api/posts/{POST.post}/lanes/1/devices", json={"chip_device": READER}))

    def close(self) -> None:
        self._running.close()
        self._capital.close()


@pytest.fixture
def country(tmp_path: Path, capital_database: Database) -> Iterator[Country]:
    country = Country(tmp_path, capital_database)
    yield country
    country.close()


def test_the_whole_domain_arrives_once_though_capital_and_bridge_go_away(country: Country) -> None:
    lane = country.post.lanes[0]
    officer = country.post.officer(Role.SECOND_LINE, login="first")
    second = country.post.officer(Role.SUPERVISOR, login="second")

    with_images = _with_images(officer, country)
    with_chip = _with_a_chip(officer, country)
    wait_until(lambda: _waiting(officer) == 0, what="the first delivery")
    country.stop_capital()

    stolen = pass_through(officer, lane, holder(STOLEN, "BRANDON") | {"document": _utopian(STOLEN)})
    assert _outcome(stolen, "interpol_sltd") == "not_checked"
    looked_at = _through_the_second_line(officer, second, country)
    corrected = good(
        second.post(
            f"/api/movements/{looked_at['movement_id']}/corrections",
            json={"reason": "The given name was misread", "person": {"surname": "TRAORÉ", "given_names": "MOUSSOU"}},
        )
    )
    assert _waiting(officer) > 0
    country.start_capital()
    wait_until(lambda: _waiting(officer) == 0, within_s=90, what="delivery after the capital's return")
    country.stop_capital()

    country.start_bridge()
    late = _late_referral(second, stolen["session_id"])
    assert [check["kind"] for check in late["reasons"]] == ["interpol_sltd"]
    _confirm(officer, second, late["referral_id"])
    country.start_capital()
    wait_until(lambda: _waiting(officer) == 0, within_s=90, what="delivery of what came late")

    analyst = country.capital.officer(Role.ANALYST)
    there = good(analyst.get("/api/movements", params=QUERY))
    in_force = [corrected, stolen, with_chip, with_images]
    assert sorted(one["movement_id"] for one in there) == sorted(one["movement_id"] for one in in_force)
    for movement in (*in_force, looked_at):
        path = f"/api/movements/{movement['movement_id']}"
        assert good(analyst.get(path, params=QUERY)) == good(officer.get(path, params=QUERY))
    _same_images(analyst, officer, with_images, "page", "portrait", "live")
    _same_images(analyst, officer, with_chip, "page", "portrait", "chip")
    timeline = good(analyst.get(f"/api/timelines/{stolen['movement_id']}", params=QUERY))
    assert [one["resolved_by"] for one in timeline["referrals"]] == ["first"]
    assert {check["outcome"] for check in timeline["late_checks"][stolen["session_id"]]} >= {"hit"}
    alerts = {(one["kind"], one["session_id"]) for one in good(analyst.get("/api/alerts"))}
    assert alerts == {("late_hit", stolen["session_id"]), ("confirmed_hit", stolen["session_id"])}
    _nothing_is_missing(analyst, officer)
    counted = _face_tallies(country.post.database)
    assert counted == _face_tallies(country.capital.database)
    assert {(one["kind"], one["said"]) for one in counted} >= {("portrait", "acquired"), ("face_match", "match")}


def _with_images(officer: httpx.Client, country: Country) -> dict[str, Any]:
    session = step_up(officer, country.post.lanes[0])
    for kind, picture in (("page", passport_page()), ("live", live_picture())):
        headers = {"Content-Type": "image/jpeg"}
        good(officer.put(f"/api/sessions/{session}/{kind}", content=picture, headers=headers))
    _settled(officer, session)
    return admit(officer, session)


def _with_a_chip(officer: httpx.Client, country: Country) -> dict[str, Any]:
    """Her passport's chip is opened by its page, and vouched for by a master list that was imported."""
    authority = make_authority()
    lists: ListService = country.post.app.state.lists
    lists.import_list(order(authority.master_list(), code="csca-ut", format="csca_master_list", as_of=None))
    country.lay_on_the_reader(personalise(astronaut("UT5550123"), authority))
    session = step_up(officer, country.post.lanes[0])
    headers = {"Content-Type": "image/jpeg"}
    good(officer.put(f"/api/sessions/{session}/page", content=passport_page("UT5550123"), headers=headers))
    wait_until(
        lambda: good(officer.get(f"/api/sessions/{session}"))["chip"]["state"] in ("read", "failed"), what="the chip"
    )
    _settled(officer, session)
    movement = admit(officer, session)
    assert _outcome(movement, "document_chip") == "clear"
    return movement


def _through_the_second_line(officer: httpx.Client, second: httpx.Client, country: Country) -> dict[str, Any]:
    """Called by the officer's own doubt; gives the movement."""
    session = step_up(officer, country.post.lanes[0])
    declare(officer, session, holder("B5550001"))
    referral = refer(officer, session)
    found = {"finding": "not_the_person", "verdict": "admit"}
    good(second.post(f"/api/referrals/{referral}/resolution", json=found))
    movement_id = good(officer.get(f"/api/sessions/{session}"))["movement_id"]
    movement: dict[str, Any] = good(officer.get(f"/api/movements/{movement_id}", params=QUERY))
    return movement


def _late_referral(second: httpx.Client, session: str) -> dict[str, Any]:
    """The call of the second line that INTERPOL's late answer made."""

    def mine() -> list[dict[str, Any]]:
        return [one for one in good(second.get("/api/referrals")) if one["session_id"] == session]

    wait_until(mine, within_s=90, what="the late answer")
    [referral] = mine()
    assert referral["late"]
    return referral


def _confirm(officer: httpx.Client, second: httpx.Client, referral: str) -> None:
    """Confirmed with the bureau's reference, and approved by another."""
    found = {
        "finding": "confirmed",
        "verdict": "admit",
        "bureau_reference": "NCB-2031-7",
        "note": "Gone; the bureau knows.",
    }
    assert good(officer.post(f"/api/referrals/{referral}/resolution", json=found))["state"] == "awaiting_approval"
    assert officer.post(f"/api/referrals/{referral}/approval").json()["code"] == "second_approver_needed"
    assert good(second.post(f"/api/referrals/{referral}/approval"))["state"] == "resolved"


def _same_images(analyst: httpx.Client, officer: httpx.Client, movement: dict[str, Any], *kinds: str) -> None:
    for kind in kinds:
        path = f"/api/movements/{movement['movement_id']}/images/{kind}"
        at_capital, at_post = (client.get(path, params=QUERY) for client in (analyst, officer))
        assert at_capital.status_code == 200, kind
        assert at_capital.content == at_post.content


def _nothing_is_missing(analyst: httpx.Client, officer: httpx.Client) -> None:
    [machine] = good(analyst.get("/api/replication/status"))["machines"]
    assert machine["watermark"] == machine["highest"] == good(officer.get("/api/replication/status"))["last_sequence"]
    counted = ("missing", "quarantined", "forks", "blobs_awaited")
    assert {name: machine[name] for name in counted} == dict.fromkeys(counted, 0)
    assert machine["alarms"] == []


def _face_tallies(database: Database) -> list[dict[str, Any]]:
    """The counts by group, which are not replicated: each side makes them from the movements."""
    with reading(database) as session:
        table = FaceTally.__table__
        rows = session.execute(sa.select(table).order_by(*table.primary_key))
        return [dict(row) for row in rows.mappings()]


def _settled(officer: httpx.Client, session: str) -> None:
    """The bridge's answer, or its failure, is in."""
    wait_until(lambda: not good(officer.get(f"/api/sessions/{session}"))["checks_pending"], what="the bridge")


def _utopian(number: str) -> dict[str, Any]:
    return {"type": "P", "number": number, "issuing_state": "UTO", "expiry_date": "2034-01-01"}


def _outcome(movement: dict[str, Any], kind: str) -> str:
    [found] = [check["outcome"] for check in movement["known_at_decision"]["checks"] if check["kind"] == kind]
    return str(found)


def _waiting(officer: httpx.Client) -> int:
    return sum(lane["events"] + lane["blobs"] for lane in good(officer.get("/api/replication/status"))["lanes"])
