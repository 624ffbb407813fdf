"""The ways to reach the databases, each behind the port of ``base.py``; the table below is where one is added."""

from collections.abc import Callable

from interpol_bridge.backends.base import Backend
from interpol_bridge.backends.gateway import GatewayBackend
from interpol_bridge.backends.simulator import SimulatorBackend
from interpol_bridge.settings import Settings


def _offline_copy(settings: Settings) -> Backend:
    from interpol_bridge.backends.offline_copy import OfflineCopyBackend  # noqa: PLC0415 - the name engine is for it alone

    return OfflineCopyBackend.open(settings)


BACKENDS: dict[str, Callable[[Settings], Backend]] = {
    "gateway": GatewayBackend.open,
    "offline_copy": _offline_copy,
    "simulator": lambda settings: SimulatorBackend(settings.backend_url, deadline_s=settings.backend_deadline_s),
}


def open_backend(settings: Settings) -> Backend:
    """The backend that the settings name."""
    return BACKENDS[settings.backend](settings)


def open_copy(settings: Settings) -> Backend | None:
    """The copy that answers where the backend does not; None without a copy, or where the copy is the backend."""
    if settings.copy_folder is None or settings.backend == "offline_copy":
        return None
    return _offline_copy(settings)
