"""The long storm over a post, a capital, the bridge and the bureau: every hit on whoever crossed reaches both."""

import os
import sys
from pathlib import Path
from typing import Final

import pytest

from crossing.platform.db import Database
from tests.integration.system.late_hits.run import cross_in_a_storm

QUESTIONS: Final = int(os.environ.get("CROSSING_SOAK_QUESTIONS", "1500"))
INTERVAL_S: Final = 0.25
ENOUGH: Final = 1_000
"""From so many questions on, the copy has answered for INTERPOL on somebody who is listed."""


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("with_copy", [True, False], ids=["with a copy", "without"])
def test_each_late_hit_reaches_post_and_capital(
    tmp_path: Path, capital_database: Database, with_copy: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = cross_in_a_storm(
        tmp_path,
        capital_database,
        seed=2031,
        questions=QUESTIONS,
        interval_s=INTERVAL_S,
        healed_within_s=600,
        with_copy=with_copy,
    )
    with capsys.disabled():
        sys.stdout.write(f"\n{outcome.report()}")

    assert outcome.findings.wrong == []
    assert outcome.findings.late_hits > 0
    assert with_copy or outcome.findings.copied_first == 0
    assert outcome.findings.copied_first > 0 or not with_copy or QUESTIONS < ENOUGH
