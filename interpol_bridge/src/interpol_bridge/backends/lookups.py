"""Names of hosts as addresses, in a bounded time.

``getaddrinfo`` has no time-out: where no name server answers it blocks for half a minute, and every thread that asks
with it. Here one thread asks for a name, and all who need it wait for that answer as long as they may.
"""

import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from ipaddress import ip_address
from typing import Final

import httpcore

GetAddrInfo = Callable[[str, int], tuple[str, ...]]

_ADDRESS: Final = 4
"""Where ``getaddrinfo`` has the socket address."""


def system_addresses(host: str, port: int) -> tuple[str, ...]:
    """What the system's resolver says, best first. Raises ``OSError`` where it knows no such host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(one[_ADDRESS][0]) for one in found))


class LookUps:
    """Looks names up, each in one thread at a time, however many wait for it. Thread-safe."""

    def __init__(self, resolve: GetAddrInfo = system_addresses) -> None:
        self._resolve = resolve
        self._guard = threading.Lock()
        self._under_way: dict[tuple[str, int], Future[tuple[str, ...]]] = {}

    def addresses(self, host: str, port: int, *, within_s: float) -> tuple[str, ...]:
        """The addresses of ``host``, best first; an address is its own.

        :raises httpcore.ConnectTimeout: not known within ``within_s`` seconds
        :raises httpcore.ConnectError: there is no such host
        """
        if _is_address(host):
            return (host,)
        try:
            return self._asked(host, port).result(within_s)
        except NotYet:
            raise httpcore.ConnectTimeout("the name of the host was not found in time") from None
        except OSError as error:
            raise httpcore.ConnectError("the name of the host was not found") from error

    def _asked(self, host: str, port: int) -> Future[tuple[str, ...]]:
        key = host, port
        with self._guard:
            if under_way := self._under_way.get(key):
                return under_way
            asked = Future[tuple[str, ...]]()
            threading.Thread(target=self._look_up, args=(key, asked), name="look-up", daemon=True).start()
            self._under_way[key] = asked
            return asked

    def _look_up(self, key: tuple[str, int], asked: Future[tuple[str, ...]]) -> None:
        try:
            found = self._resolve(*key)
        except Exception as error:  # noqa: BLE001 - it is raised where the answer is waited for
            self._end(key)
            asked.set_exception(error)
        else:
            self._end(key)
            asked.set_result(found)

    def _end(self, key: tuple[str, int]) -> None:
        with self._guard:
            del self._under_way[key]


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
