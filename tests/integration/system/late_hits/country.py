"""A post and a capital, with a network that fails between them, over the bridge and the bureau of a storm."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from crossing.identity.roles import Role
from crossing.lanes.models import CaptureSession
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.screening.models import Recheck
from tests.factories.desk import declare, good, refer, step_up
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
from tests.integration.interpol_bridge.chaos.rough_network import RoughNetwork
from tests.integration.interpol_bridge.chaos.world import World, shown_by

from .travellers import Traveller

PATIENCE_S: Final = 3.0


@dataclass
class Country:
    """``link`` lies between post and capital."""

    world: World
    post: PostService
    capital: CapitalService
    link: RoughNetwork

    def __post_init__(self) -> None:
        self._officer = self.post.officer(Role.OFFICER, login="first")
        self._second = self.post.officer(Role.SECOND_LINE, Role.SUPERVISOR, login="second")

    def pass_through(self, traveller: Traveller) -> tuple[UUID, UUID]:
        """Stepping up, typed, decided, by the second line where there is a hit by then; session and movement."""
        session = step_up(self._officer, self.post.lanes[0])
        declare(self._officer, session, traveller.identity)
        if traveller.vehicle:
            good(self._officer.put(f"/api/sessions/{session}/vehicle", json=traveller.vehicle))
        if traveller.patient:
            self._wait_for_interpol(session)
        return UUID(session), UUID(self._decide(session))

    def nothing_waits(self) -> bool:
        """At the post for INTERPOL or the capital, at the bridge for the bureau."""
        return not (self._asked_again() or self._undelivered() or self._waiting_at_the_bridge())

    def _decide(self, session: str) -> str:
        decided = self._officer.post(f"/api/sessions/{session}/decision", json={"verdict": "admit"})
        if decided.status_code == 409 and decided.json()["code"] == "second_line_needed":
            referral = refer(self._officer, session)
            found = {"finding": "unconfirmed", "verdict": "admit"}
            good(self._second.post(f"/api/referrals/{referral}/resolution", json=found))
            return str(good(self._officer.get(f"/api/sessions/{session}"))["movement_id"])
        return str(good(decided)["movement_id"])

    def _wait_for_interpol(self, session: str) -> None:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and good(self._officer.get(f"/api/sessions/{session}"))["checks_pending"]:
            time.sleep(0.05)

    def _asked_again(self) -> int:
        """Questions that a session waits for at this moment, and those that are asked again."""
        waits = sa.or_(CaptureSession.bridge_pending, CaptureSession.vehicle_question_id.is_not(None))
        with reading(self.post.database) as session:
            asked = session.scalar(sa.select(sa.func.count()).select_from(CaptureSession).where(waits)) or 0
            again = sa.select(sa.func.count()).select_from(Recheck).where(Recheck.state == "pending")
            return asked + (session.scalar(again) or 0)

    def _undelivered(self) -> int:
        lanes = good(self._officer.get("/api/replication/status"))["lanes"]
        return sum(lane["events"] + lane["blobs"] for lane in lanes)

    def _waiting_at_the_bridge(self) -> int:
        status = self.post.app.state.bridge.status()
        return 1 if status is None else int(status.pending_rechecks)


@contextmanager
def country_in(folder: Path, world: World, database: Database, *, seed: int) -> Iterator[Country]:
    """A post and a capital that are up; INTERPOL is asked through the world's bridge."""
    shown = shown_by(world, POST.post)
    capital_port = free_ports(1)
    with ExitStack() as stack:
        capital = stack.enter_context(running_capital(folder / "capital", database, machine_port=capital_port))
        link = stack.enter_context(RoughNetwork(capital_port, seed=seed + 2).up())
        settings = post_settings(
            folder / "post",
            capital_url=f"https://127.0.0.1:{link.port}",
            **_bridge(world, shown),
            bridge_timeout_s=2,
            recheck_interval_s=0.3,
        )
        prepared_post(settings)
        enrol(settings, capital.settings)
        yield Country(world, stack.enter_context(running_post(settings)), capital, link)


def _bridge(world: World, shown: Any) -> dict[str, Any]:
    return {
        "bridge_url": world.url,
        "bridge_certificate": shown.certificate_file,
        "bridge_key": shown.key_file,
        "bridge_authority": world.authority.file,
    }
