"""The ways to reach the databases, each behind the port of ``base.py``; the table below is where one is added."""

from collections.abc import Callable

from interpol_bridge.backends.base import Backend
from interpol_bridge.backends.gateway import GatewayBackend
from interpol_bridge.backends.simulator import SimulatorBackend
from interpol_bridge.settings import Settings

BACKENDS: dict[str, Callable[[Settings], Backend]] = {
    "gateway": GatewayBackend.open,
    "simulator": lambda settings: SimulatorBackend(settings.backend_url, deadline_s=settings.backend_deadline_s),
}


def open_backend(settings: Settings) -> Backend:
    """The backend that the settings name."""
    return BACKENDS[settings.backend](settings)
