"""The long storm: 10,000 questions while bridge, bureau and network are killed, slowed, cut and made to lie."""

import os
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.integration.interpol_bridge.chaos.run import weather_a_storm
from tests.integration.interpol_bridge.chaos.storm import FAULTS, OF_THE_BRIDGE, WEATHERS

QUESTIONS: Final = int(os.environ.get("CROSSING_SOAK_QUESTIONS", "10000"))
PER_SECOND: Final = 45
ENOUGH: Final = 10_000
"""From so many questions on, everything that can befall has befallen."""


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("with_copy", [True, False], ids=["with a copy", "without"])
def test_through_ten_thousand_questions_nothing_is_made_up_and_all_is_answered(
    tmp_path: Path, with_copy: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = weather_a_storm(
        tmp_path,
        seed=2026,
        questions=QUESTIONS,
        per_second=PER_SECOND,
        healed_within_s=600,
        backend="gateway",
        with_copy=with_copy,
    )
    found = outcome.findings
    with capsys.disabled():
        sys.stdout.write(f"\n{outcome.report()}")

    assert found.wrong == []
    assert outcome.refusals == []
    assert "the chain is intact" in outcome.audit
    assert outcome.named_in_logs == []
    assert found.late_hits > 0
    assert bool(found.grounds["the bridge's copy"]) == with_copy
    assert found.grounds["the bureau's copy"] > 0
    if QUESTIONS >= ENOUGH:
        befallen = set(outcome.befallen)
        assert {"bridge killed", "bureau killed", "bridge and bureau killed", *OF_THE_BRIDGE} <= befallen
        assert {f"network {side}: {one}" for side in ("inside", "outside") for one in WEATHERS} <= befallen
        assert {f"bureau: {fault}" for fault in FAULTS} <= befallen
