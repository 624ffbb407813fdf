"""What can be measured without telling anything about anyone."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from crossing.ports.bridge import BridgeAnswer


class Metrics:
    """Counters of one bridge, in a registry of their own. ``circuit_open`` says whether the backend is left alone."""

    def __init__(self, *, circuit_open: Callable[[], bool]) -> None:
        self._registry = CollectorRegistry()
        self._latency = Histogram(
            "interpol_bridge_latency_seconds",
            "Time from a question to its answer, by operation and mode.",
            ["operation", "mode"],
            registry=self._registry,
            buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10),
        )
        self._outcomes = Counter(
            "interpol_bridge_answers",
            "Answers by operation, outcome and, where nothing was checked, the reason.",
            ["operation", "outcome", "reason"],
            registry=self._registry,
        )
        self._repeated = Counter(
            "interpol_bridge_repeated",
            "Questions answered from the store because their request id was answered before.",
            registry=self._registry,
        )
        circuit = Gauge("interpol_bridge_circuit_open", "1 while the backend is left alone.", registry=self._registry)
        circuit.set_function(lambda: float(circuit_open()))

    def answered(self, answer: BridgeAnswer) -> None:
        self._latency.labels(answer.database, answer.mode).observe(answer.latency_ms / 1000)
        self._outcomes.labels(answer.database, answer.outcome, answer.not_checked_reason or "").inc()

    def repeated(self, count: int) -> None:
        self._repeated.inc(count)

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format 0.0.4."""
        return generate_latest(self._registry)
