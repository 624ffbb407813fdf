"""Pieces fit the link, and waits grow without ever growing together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.replication.pacing import Backoff, Pacer


@pytest.mark.parametrize("rate", [8_000, 16_000, 64_000, 500_000])
def test_a_piece_grows_or_shrinks_to_what_the_link_carries_in_its_time(rate: int) -> None:
    pacer = Pacer(minimum=4_096, maximum=1_048_576, start=32_768)
    for _ in range(12):
        pacer.measured(pacer.size, pacer.size / rate)
    assert pacer.size == pytest.approx(rate * 1.5, rel=0.05)


def test_the_short_end_of_a_blob_says_nothing_of_the_link() -> None:
    pacer = Pacer(minimum=4_096, maximum=1_048_576, start=65_536)
    pacer.measured(100, 0.6)
    assert pacer.size == 65_536


@given(st.lists(st.tuples(st.integers(1, 2**20), st.floats(0, 100)), max_size=30))
def test_a_piece_stays_within_its_bounds(measures: list[tuple[int, float]]) -> None:
    pacer = Pacer(minimum=4_096, maximum=1_048_576, start=8_192)
    for amount, seconds in measures:
        pacer.measured(amount, seconds)
        pacer.failed()
        assert 4_096 <= pacer.size <= 1_048_576


def test_waits_double_up_to_a_minute_and_start_over_after_a_success() -> None:
    backoff = Backoff()
    waits = [backoff.next_s() for _ in range(12)]
    for wait, longest in zip(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60], strict=True):
        assert longest / 2 <= wait <= longest
    backoff.reset()
    assert backoff.next_s() <= 1
