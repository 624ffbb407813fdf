"""How much a caller may ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpol_bridge.errors import RateExceeded
from interpol_bridge.rates import RateLimiter


class Ticks:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def limiter(ticks: Ticks) -> RateLimiter:
    return RateLimiter(per_minute=60, burst=10, ticks=ticks)


def test_a_burst_passes_and_then_one_a_second() -> None:
    ticks = Ticks()
    rates = limiter(ticks)
    rates.spend("KOR-01", 10)
    with pytest.raises(RateExceeded) as refused:
        rates.spend("KOR-01")
    assert refused.value.retry_after_s == pytest.approx(1)

    ticks.now = 1.0
    rates.spend("KOR-01")
    with pytest.raises(RateExceeded):
        rates.spend("KOR-01")


def test_callers_do_not_share() -> None:
    rates = limiter(Ticks())
    rates.spend("KOR-01", 10)
    rates.spend("GAO-02", 10)


@given(st.lists(st.tuples(st.floats(0, 20), st.integers(1, 12)), max_size=60))
def test_nobody_gets_more_than_burst_and_rate_allow(requests: list[tuple[float, int]]) -> None:
    ticks = Ticks()
    rates, got = limiter(ticks), 0
    for pause, tokens in requests:
        ticks.now += pause
        try:
            rates.spend("KOR-01", tokens)
        except RateExceeded:
            continue
        got += tokens
        assert got <= 10 + ticks.now + 1e-6
