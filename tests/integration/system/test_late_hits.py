"""A short storm over bridge, bureau and networks while travellers cross: each hit on them reaches post and capital.

``tests/soak/test_late_hits_reach_the_capital.py`` is the long one.
"""

from pathlib import Path

import pytest

from crossing.platform.db import Database

from .late_hits.run import cross_in_a_storm

QUESTIONS = 60


@pytest.mark.timeout(300)
def test_each_hit_reaches_post_and_capital_once_the_storm_is_over(tmp_path: Path, capital_database: Database) -> None:
    outcome = cross_in_a_storm(
        tmp_path,
        capital_database,
        seed=7,
        questions=QUESTIONS,
        interval_s=0.4,
        healed_within_s=120,
        with_copy=True,
    )

    assert outcome.findings.wrong == []
    assert outcome.findings.late_hits > 0
    assert outcome.questions >= QUESTIONS * 0.8
