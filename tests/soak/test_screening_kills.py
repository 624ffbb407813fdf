"""The slow form of the kills while screening: dozens of them, at moments spread over a re-screening."""

import os
from pathlib import Path
from random import Random
from typing import Final

import pytest

from tests.factories.desk import step_up
from tests.factories.ledgers import false_clears, stopped_post
from tests.factories.processes import PostProcess
from tests.factories.screening_kills import (
    SURNAMES,
    alerts_by_session,
    finish,
    import_version,
    kill_during_screening,
    pass_before,
    wait_for_round,
)

KILLS: Final = int(os.environ.get("CROSSING_SOAK_KILLS", "60"))
TRAVELLERS: Final = 40


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_no_kill_leaves_an_answer_that_no_whole_list_gave_or_tells_of_a_traveller_twice(tmp_path: Path) -> None:
    moments = Random(2026)
    post = PostProcess(tmp_path, rescreen_share=0.1)
    try:
        import_version(post, listed=0)
        gone = pass_before(post, range(TRAVELLERS))
        post.start()
        for kill in range(KILLS):
            session = step_up(post.officer, post.lane)
            kill_during_screening(post, session, TRAVELLERS + kill, after_s=moments.uniform(0.0, 1.5))
            with stopped_post(post.settings) as database:
                assert false_clears(database) == []
            import_version(post, listed=min(kill + 1, len(SURNAMES)))
            post.start()
            finish(post, session, TRAVELLERS + kill)
        with stopped_post(post.settings) as database:
            wait_for_round(database, answered=None)
            assert false_clears(database) == []
            alerts = alerts_by_session(database)
            assert {alerts[one] for one in gone} == ({1} if len(SURNAMES) <= KILLS else {0, 1})
    finally:
        post.stop()
