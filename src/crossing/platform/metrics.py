"""Figures for operators. Labels are routes, lanes and list codes; nothing about a person can become one."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

_SECONDS: Final = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0)

Gauge = tuple[str, str, str, Callable[[], Mapping[str, float]]]
"""Name, help, label, and what reads the values by the label's value when Prometheus asks."""


class RequestMetrics:
    """How many requests each route answered, with what, and how fast."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._count = Counter(
            "crossing_http_requests", "Requests answered.", ["method", "route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "crossing_http_request_seconds", "Time to answer.", ["route"], buckets=_SECONDS, registry=registry
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        self._count.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)


class GaugeReader(Collector):
    """Gauges read from where the truth is, each time they are asked for."""

    def __init__(self, gauges: Iterable[Gauge]) -> None:
        self._gauges = tuple(gauges)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for name, description, label, read in self._gauges:
            family = GaugeMetricFamily(name, description, labels=[label])
            for value, number in read().items():
                family.add_metric([value], number)
            yield family

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Named without being read: registering must not ask the database."""
        return [GaugeMetricFamily(name, description, labels=[label]) for name, description, label, _ in self._gauges]
