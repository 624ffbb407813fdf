"""The bridge's answers leave at once."""

import time

from .backing import of_kind
from .world import Bridge

pytestmark = of_kind("simulator")


def test_an_answer_on_a_kept_open_connection_waits_for_no_acknowledgement(bridge: Bridge) -> None:
    """Nagle's algorithm against delayed acknowledgements would make it 40 ms at the least."""
    taken = []
    for _ in range(20):
        started = time.perf_counter()
        assert bridge.client.get("/health/live").status_code == 200
        taken.append(time.perf_counter() - started)
    assert min(taken) < 0.03
