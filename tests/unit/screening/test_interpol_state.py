"""Whether INTERPOL is being asked: the bridge's own words as one of ours, and what is worth telling the capital."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.ports.bridge import BridgeStatus, Mode, NotCheckedReason
from crossing.screening.interpol_state.state import Asking, BridgeSeen, InterpolNews, asking_of
from crossing.screening.schemas import Reason

NOW = datetime(2031, 3, 1, 8, 0, tzinfo=UTC)
COPY = {"mode": Mode.OFFLINE_COPY, "copy_as_of": NOW - timedelta(hours=5)}


def status(**said: Any) -> BridgeStatus:
    plain = {"state": "online", "backend": "gateway", "mode": Mode.ONLINE, "checked_at": NOW}
    return BridgeStatus(**(plain | said))


def news(**known: Any) -> InterpolNews:
    plain = {"post": "NIA-1", "asking": Asking.ONLINE, "since": NOW, "said_at": NOW}
    return InterpolNews(**(plain | known))


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({}, Asking.ONLINE),
        ({"state": "degraded", "reason": "timeout"}, Asking.UNSTEADY),
        ({"state": "degraded", "reason": "unreachable", **COPY}, Asking.COPY),
        ({"state": "degraded", **COPY}, Asking.COPY),
        ({"state": "offline", "reason": "unreachable"}, Asking.SILENT),
        ({"state": "offline", "copy_stale": True, **COPY}, Asking.SILENT),
        ({"state": "degraded", "copy_stale": True, **COPY}, Asking.SILENT),
    ],
)
def test_the_bridges_words_are_one_word_of_ours(said: dict[str, Any], word: Asking) -> None:
    assert asking_of(status(**said)) is word


@given(
    state=st.sampled_from(["online", "degraded", "offline"]),
    mode=st.sampled_from(Mode),
    stale=st.booleans(),
    reason=st.none() | st.sampled_from(NotCheckedReason),
)
def test_nothing_but_the_databases_answering_is_called_asked(
    state: str, mode: Mode, stale: bool, reason: NotCheckedReason | None
) -> None:
    said = status(state=state, mode=mode, copy_as_of=NOW, copy_stale=stale, reason=reason)
    online = asking_of(said) is Asking.ONLINE
    assert online == (state == "online" and mode is Mode.ONLINE)
    if stale:
        assert asking_of(said) is not Asking.COPY


def test_a_bridge_that_was_not_asked_yet_is_not_called_away() -> None:
    assert BridgeSeen(False, False, None).asking is Asking.NOT_SET_UP
    assert BridgeSeen(True, False, None).asking is Asking.UNKNOWN
    assert BridgeSeen(True, True, None).asking is Asking.BRIDGE_AWAY
    assert BridgeSeen(True, True, status()).asking is Asking.ONLINE


def test_the_news_say_what_the_bridge_said() -> None:
    said = status(state="degraded", reason="circuit_open", copy_max_age_hours=72, last_online_at=NOW, **COPY)
    told = InterpolNews.of(BridgeSeen(True, True, said), post="NIA-1", since=NOW, now=NOW, waiting=3)
    assert (told.asking, told.reason, told.waiting) == (Asking.COPY, Reason.CIRCUIT_OPEN, 3)
    assert (told.copy_as_of, told.copy_limit, told.last_online_at) == (COPY["copy_as_of"], timedelta(days=3), NOW)


@pytest.mark.parametrize("reason", NotCheckedReason)
def test_every_reason_of_the_bridge_has_its_sentence(reason: NotCheckedReason) -> None:
    assert Reason(reason.value).sentence


def test_the_clock_and_a_longer_queue_are_no_news() -> None:
    waiting = news(waiting=3)
    assert not news(waiting=9, said_at=NOW + timedelta(minutes=5), last_online_at=NOW).differs_from(waiting)
    for changed in ({"waiting": 0}, {"asking": Asking.SILENT}, {"reason": Reason.TIMEOUT}, {"copy_stale": True}):
        assert news(**({"waiting": 3} | changed)).differs_from(waiting)
