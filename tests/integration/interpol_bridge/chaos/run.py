"""One storm from its beginning to the proof."""

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.factories.waiting import wait_until

from .plan import PERSONAL, Asked, Plan
from .post_client import PostClient
from .proof import Findings, examine
from .storm import Storm
from .world import Backend, audit_report, post_of, world_in


@dataclass
class Outcome:
    """What came of a storm: ``healed_s`` is how long after it the last question waited."""

    findings: Findings
    befallen: Counter[str]
    refusals: list[str]
    audit: str
    named_in_logs: list[str]
    asked: list[Asked]
    storm_s: float
    healed_s: float

    def report(self) -> str:
        found = self.findings
        return "\n".join(
            (
                f"{len(self.asked)} questions, {self.storm_s:.0f} s of storm, answered {self.healed_s:.0f} s later",
                f"  befallen: {dict(self.befallen.most_common())}",
                f"  faults of the bureau's answers: {dict(found.faults.most_common())}",
                f"  told: {dict(found.answers.most_common())}",
                f"  on the word of: {dict(found.grounds.most_common())}",
                f"  why not online: {dict(found.reasons.most_common())}",
                f"  {found.rechecked} questions asked again, {found.late_hits} late hits, "
                f"{found.cut_short} true answers that the bureau was killed over",
                "",
            )
        )


def weather_a_storm(
    folder: Path,
    *,
    seed: int,
    questions: int,
    per_second: float,
    healed_within_s: float,
    backend: Backend = "simulator",
    with_copy: bool = False,
) -> Outcome:
    """Ask ``questions`` while everything fails, let it heal, wait until nothing waits, and examine what was said."""
    plan = Plan(seed)
    batches = list(plan.batches(questions))
    asked = [question for batch in batches for question in batch]
    interval_s = questions / len(batches) / per_second
    with world_in(folder, plan, backend=backend, with_copy=with_copy) as world:
        storm = Storm(world, seed=seed)
        client = PostClient(world.url, post_of(world), batches, notes=folder / "notes.jsonl", interval_s=interval_s)
        began = time.monotonic()
        client.start()
        try:
            storm.rage(lambda: client.all_were_sent, within_s=20 * questions / per_second + 60)
            calm = time.monotonic()
            wait_until(lambda: client.waiting == 0, within_s=healed_within_s, what="the last answer")
            healed = time.monotonic()
        finally:
            client.stop()
        world.bridge.stop()
        world.bureau.stop()
        return Outcome(
            findings=examine(world.asked_log, folder / "notes.jsonl", asked, with_copy=with_copy),
            befallen=storm.befallen,
            refusals=client.refusals,
            audit=audit_report(world),
            named_in_logs=_named(folder / "bridge.log", plan),
            asked=asked,
            storm_s=calm - began,
            healed_s=healed - calm,
        )


def _named(log: Path, plan: Plan) -> list[str]:
    """The listed names and numbers that the bridge wrote into its log: there should be none."""
    text = log.read_text(encoding="utf-8")
    marks = (one.get(name) for rows in plan.records.values() for one in rows for name in PERSONAL)
    return [mark for mark in marks if mark and mark in text]
