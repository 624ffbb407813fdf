"""A post that is killed while it screens: no answer is in the ledger that no whole list gave."""

from pathlib import Path
from uuid import UUID

from tests.factories.desk import step_up
from tests.factories.ledgers import false_clears, stopped_post
from tests.factories.processes import PostProcess
from tests.factories.screening_kills import (
    alerts_by_session,
    finish,
    import_version,
    kill_during_screening,
    late_calls,
    pass_before,
    wait_for_round,
)

_TRAVELLERS = 16
_LISTED = 4
"""Of eight names: half of the travellers."""


def test_killed_at_the_lane_and_while_screening_again_no_answer_is_one_that_no_whole_list_gave(
    tmp_path: Path,
) -> None:
    post = PostProcess(tmp_path, rescreen_share=0.05)
    try:
        pass_before(post, range(_TRAVELLERS // 2))
        import_version(post, listed=0)
        pass_before(post, range(_TRAVELLERS // 2, _TRAVELLERS))
        import_version(post, listed=_LISTED)
        post.start()
        session = step_up(post.officer, post.lane)
        with stopped_post(post.settings) as database:
            half_way = wait_for_round(database, answered=2)
            kill_during_screening(post, session, _TRAVELLERS, after_s=0.02)
            assert half_way.finished_at is None
            assert false_clears(database) == []
        post.start()
        finish(post, session, _TRAVELLERS)
        with stopped_post(post.settings) as database:
            assert wait_for_round(database, answered=None).looked_at >= _TRAVELLERS
            assert false_clears(database) == []
            alerts = alerts_by_session(database)
            assert (alerts.pop(UUID(session)) >= 1, sorted(alerts.values())) == (True, [1] * (_TRAVELLERS // 2))
            assert late_calls(database) == (len(alerts) + 1, len(alerts) + 1)
    finally:
        post.stop()
