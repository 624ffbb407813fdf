"""Running services until they are told to stop."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from crossing.platform.errors import DomainError, Kind


class PortTaken(DomainError):
    kind = Kind.CONFLICT
    code = "port_taken"
    message = "Port {port} on {host} is taken by another program. Stop it, or choose another port."


def serve(*configs: uvicorn.Config) -> None:
    """Run servers side by side until SIGTERM or Ctrl-C. Raises :class:`PortTaken` before anything is started."""
    sockets = [_listen(config) for config in configs]
    asyncio.run(_serve(configs, sockets))


def _listen(config: uvicorn.Config) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only where the protocol is named; with it, every answer on a kept-open
    # connection waits some 40 ms for the reader's delayed acknowledgement.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((config.host, config.port))
    except OSError as taken:
        listening.close()
        raise PortTaken(port=config.port, host=config.host) from taken
    return listening


async def _serve(configs: tuple[uvicorn.Config, ...], sockets: list[socket.socket]) -> None:
    servers = [_Server(config) for config in configs]

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    tasks = [
        asyncio.create_task(server.serve(sockets=[listening]))
        for server, listening in zip(servers, sockets, strict=True)
    ]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    stop()
    await asyncio.gather(*tasks)


class _Server(uvicorn.Server):
    """Several servers share one process, so its signals are not one server's to take."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
