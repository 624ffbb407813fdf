"""One storm over a country, from its beginning to the proof."""

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from crossing.platform.db import Database
from tests.factories.waiting import wait_until
from tests.integration.interpol_bridge.chaos.plan import Plan
from tests.integration.interpol_bridge.chaos.storm import Storm
from tests.integration.interpol_bridge.chaos.world import Backend, world_in

from .country import Country, country_in
from .proof import Findings, crossed, examine
from .travellers import Traveller, travellers

QUESTIONS_OF_ONE: Final = 3.4
"""How many questions to INTERPOL a traveller makes: of document, document, name, and here and there a plate."""


@dataclass
class Outcome:
    """What came of it: ``healed_s`` is how long after the storm the last answer waited for somebody."""

    findings: Findings
    befallen: Counter[str]
    questions: int
    travellers: int
    storm_s: float
    healed_s: float

    def report(self) -> str:
        found = self.findings
        return "\n".join(
            (
                f"{self.travellers} travellers, {self.questions} questions, {self.storm_s:.0f} s of storm, "
                f"all answered and told {self.healed_s:.0f} s later",
                f"  befallen: {dict(self.befallen.most_common())}",
                f"  told at the post: {dict(found.outcomes.most_common())}",
                f"  {found.listed} listed, {found.late_hits} of them known after they had left, "
                f"{found.copied_first} by the copy first",
                "",
            )
        )


def cross_in_a_storm(
    folder: Path,
    database: Database,
    *,
    seed: int,
    questions: int,
    interval_s: float,
    healed_within_s: float,
    backend: Backend = "gateway",
    with_copy: bool,
) -> Outcome:
    """Let travellers cross, one every ``interval_s`` seconds, while everything between a desk and INTERPOL, and
    between post and capital, fails; let it heal, wait until nothing waits, and examine what is known.

    The first third of them cross while the bridge is dead and the capital is out of reach: what they are told comes
    late for certain.
    """
    plan = Plan(seed)
    crossing = travellers(plan, round(questions / QUESTIONS_OF_ONE))
    with (
        world_in(folder / "interpol", plan, backend=backend, with_copy=with_copy) as world,
        country_in(folder, world, database, seed=seed) as country,
        ThreadPoolExecutor(1) as desk,
    ):
        storm = Storm(world, seed=seed, networks={"to the capital": country.link})
        began = time.monotonic()
        country.link.weather = "refuse"
        country.link.cut()
        world.bridge.kill()
        passed = _pass(country, crossing[: len(crossing) // 3], interval_s)
        world.bridge.start()
        rest = desk.submit(_pass, country, crossing[len(crossing) // 3 :], interval_s)
        storm.rage(rest.done, within_s=60 + 20 * interval_s * len(crossing))
        passed += rest.result()
        country.link.weather = "clear"
        calm = time.monotonic()
        wait_until(country.nothing_waits, within_s=healed_within_s, what="the last answer")
        healed = time.monotonic()
        return Outcome(
            findings=examine(world.asked_log, crossed(country, passed), with_copy=with_copy),
            befallen=storm.befallen,
            questions=sum(len(one.marks) for one in crossing),
            travellers=len(crossing),
            storm_s=calm - began,
            healed_s=healed - calm,
        )


def _pass(country: Country, crossing: Sequence[Traveller], interval_s: float) -> list[tuple[Traveller, UUID, UUID]]:
    passed = []
    for traveller in crossing:
        next_at = time.monotonic() + interval_s
        passed.append((traveller, *country.pass_through(traveller)))
        time.sleep(max(0.0, next_at - time.monotonic()))
    return passed
