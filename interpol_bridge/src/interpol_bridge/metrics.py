"""What can be measured without telling anything about anyone."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from crossing.ports.breaker import Circuit
from crossing.ports.bridge import BridgeAnswer, NotCheckedReason
from interpol_bridge.calls import SecondCall

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10)


@dataclass(frozen=True, slots=True)
class Readings:
    """What is looked up when the metrics are read: ages in seconds, NaN where there is nothing to be of an age."""

    circuit: Callable[[], Circuit]
    rechecks_waiting: Callable[[], float]
    recheck_oldest_s: Callable[[], float]
    copy_age_s: Callable[[], float]
    last_online_age_s: Callable[[], float]


class Metrics:
    """Counters of one bridge, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._latency = Histogram(
            "interpol_bridge_latency_seconds",
            "Time that the databases, or a copy, took over a question, by operation and mode.",
            ["operation", "mode"],
            registry=registry,
            buckets=BUCKETS_S,
        )
        self._outcomes = Counter(
            "interpol_bridge_answers",
            "Answers by operation, outcome, mode and, where nothing was checked, the reason.",
            ["operation", "outcome", "reason", "mode"],
            registry=registry,
        )
        self._online_failures = Counter(
            "interpol_bridge_online_failures",
            "Questions that the databases did not answer, by operation and reason, whatever a copy said then.",
            ["operation", "reason"],
            registry=registry,
        )
        self._repeated = Counter(
            "interpol_bridge_repeated",
            "Questions answered from the store because their request id was answered before.",
            registry=registry,
        )
        self._second_calls = Counter(
            "interpol_bridge_hedges",
            "Questions due to be put a second time: it brought the answer (won) or not (lost), or no budget was left "
            "(denied).",
            ["result"],
            registry=registry,
        )
        self._rechecks = Counter(
            "interpol_bridge_rechecks",
            "Questions that waited to be asked online: answered, hit, not_answered or copied (wait on), given_up.",
            ["result"],
            registry=registry,
        )
        self._quota_refusals = Counter(
            "interpol_bridge_quota_refusals",
            "Requests over the post's day: refused, or answered by the copy.",
            registry=registry,
        )

    def read_from(self, readings: Readings) -> None:
        """Add the gauges."""
        circuit = Gauge("interpol_bridge_circuit_open", "1 while the backend is left alone.", registry=self._registry)
        circuit.set_function(lambda: float(readings.circuit() is Circuit.OPEN))
        states = Gauge("interpol_bridge_circuit", "1 for the state it is in.", ["state"], registry=self._registry)
        for state in Circuit:
            states.labels(state).set_function(partial(_is_in, readings.circuit, state))
        for name, text, read in (
            ("rechecks_waiting", "Questions that wait to be asked online.", readings.rechecks_waiting),
            ("recheck_oldest_seconds", "How long the oldest of them waits.", readings.recheck_oldest_s),
            ("copy_age_seconds", "Age of the offline copy.", readings.copy_age_s),
            ("last_online_seconds", "Time since the databases last answered.", readings.last_online_age_s),
        ):
            Gauge(f"interpol_bridge_{name}", text, registry=self._registry).set_function(read)

    def read_client_lists(self, *, age_s: Callable[[], float], left_s: Callable[[], float]) -> None:
        """Add the gauges of the revocation lists that clients are held to, where there are any."""
        for name, text, read in (
            ("age", "Age of the oldest revocation list of clients.", age_s),
            (
                "left",
                "Time until the first of them lapses; from then on its authority's clients are refused.",
                left_s,
            ),
        ):
            Gauge(f"interpol_bridge_client_crl_{name}_seconds", text, registry=self._registry).set_function(read)

    def asked(self, answer: BridgeAnswer, second_call: SecondCall) -> None:
        """One question was put to the databases, or to the copy; ``answer`` is what came of that alone."""
        if answer.not_checked_reason is not NotCheckedReason.CIRCUIT_OPEN:
            self._latency.labels(answer.database, answer.mode).observe(answer.latency_ms / 1000)
        if second_call is not SecondCall.NONE:
            self._second_calls.labels(second_call).inc()

    def answered(self, answer: BridgeAnswer) -> None:
        """One question was answered to a post."""
        reason = answer.not_checked_reason or ""
        self._outcomes.labels(answer.database, answer.outcome, reason, answer.mode).inc()
        if failed := answer.online_reason or answer.not_checked_reason:
            self._online_failures.labels(answer.database, failed).inc()

    def repeated(self, count: int) -> None:
        self._repeated.inc(count)

    def rechecked(self, result: str) -> None:
        self._rechecks.labels(result).inc()

    def quota_refused(self) -> None:
        self._quota_refusals.inc()

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format 0.0.4."""
        return generate_latest(self._registry)


def _is_in(circuit: Callable[[], Circuit], state: Circuit) -> float:
    return float(circuit() is state)
