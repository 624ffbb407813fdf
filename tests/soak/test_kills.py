"""The slow form of the crash test: a post killed dozens of times, at moments spread over a decision."""

import os
from pathlib import Path
from random import Random
from typing import Final

import pytest

from tests.factories.kills import Acknowledged, kill_during_decision, require_whole
from tests.factories.processes import post_process

KILLS: Final = int(os.environ.get("CROSSING_SOAK_KILLS", "60"))


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_no_kill_loses_or_doubles_a_movement(tmp_path: Path) -> None:
    moments = Random(2026)
    acknowledged: Acknowledged = {}
    with post_process(tmp_path) as post:
        for number in range(KILLS):
            session, told = kill_during_decision(post, number, after_s=moments.uniform(0.0, 0.06))
            if told is not None:
                acknowledged[session] = told
            post.start()
            acknowledged[session] = require_whole(post, acknowledged, session)
    assert len(acknowledged) == KILLS
