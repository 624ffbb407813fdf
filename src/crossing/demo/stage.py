"""The stage: from an empty folder to eight processes that are ready, and back again."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from pydantic import SecretStr

from crossing.cores import open_capital, open_post
from crossing.demo import foundation, lineup, material
from crossing.demo.foundation import Codes, Foundation
from crossing.demo.processes import DemoError, Services, require_free, uninterrupted
from crossing.demo.settings import POST_CODE, Place, Ports
from crossing.platform.db.embedded import start_embedded_postgres

_MARK = ".crossing-demonstration"
_READY_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs. ``codes``: by service, the one-time codes by login."""

    place: Place
    ports: Ports
    services: Services
    material: material.Material
    foundation: Foundation
    lane_id: str
    codes: dict[str, Codes]

    @property
    def post_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.post}"

    @property
    def capital_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.capital}"

    def stop(self, name: str) -> None:
        self.services[name].stop()

    def start_again(self, name: str) -> None:
        service = self.services[name]
        service.start()
        service.wait_until_ready(_READY_WITHIN_S)


@contextmanager
def set_up(place: Place, ports: Ports) -> Iterator[Stage]:
    """Build everything anew and start it; stop it in order at the end, however that comes."""
    require_free(ports.named())
    _clear(place)
    running = ExitStack()
    try:
        yield _raise(place, ports, running)
    finally:
        with uninterrupted():
            running.close()


def _raise(place: Place, ports: Ports, running: ExitStack) -> Stage:
    """Each process is started as soon as what it reads is there, so that they load side by side."""
    services = Services()
    with uninterrupted():
        drawing = material.Material(place)
        running.callback(drawing.stop)
        database_url, stop_database = start_embedded_postgres(place.capital / "postgres")
        running.callback(stop_database)
        running.callback(services.stop)
    laid = foundation.lay_foundation(place, ports)
    for service in lineup.surroundings(place, ports, laid):
        services.add(service)
    capital_codes, enrolled_post = _capital_side(laid, database_url)
    services.add(lineup.capital(place, ports, laid, database_url))
    services["simulated devices"].wait_until_ready(_READY_WITHIN_S)
    services["virtual passport"].wait_until_ready(_READY_WITHIN_S)
    services["finger scanner"].wait_until_ready(_READY_WITHIN_S)
    services.add(lineup.device_agent(place, ports))
    lane_id, post_codes = _post_side(laid, enrolled_post, place, drawing)
    services.add(lineup.post(place, ports, laid))
    services.wait_until_ready(_READY_WITHIN_S)
    codes = {"post": post_codes, "capital": capital_codes}
    return Stage(place, ports, services, drawing, laid, lane_id, codes)


def _capital_side(laid: Foundation, database_url: str) -> tuple[Codes, bytes]:
    """Officers of the capital, and the bundle for the post that it lets in."""
    capital = open_capital(laid.capital.model_copy(update={"database_url": SecretStr(database_url)}))
    try:
        return foundation.add_officers(capital.core, "capital", None), foundation.let_in(capital, laid)
    finally:
        capital.core.close()


def _post_side(laid: Foundation, bundle: bytes, place: Place, drawing: material.Material) -> tuple[str, Codes]:
    """The post's lane, officers and lists; the photograph on a list is one of the specimens."""
    post = open_post(laid.post)
    try:
        foundation.accept(post, bundle)
        lane_id = foundation.add_lane(post)
        codes = foundation.add_officers(post.core, "post", POST_CODE)
        drawing.wait()
        foundation.import_lists(post, laid.post, place)
    finally:
        post.core.close()
    return lane_id, codes


def _clear(place: Place) -> None:
    """Start from nothing, but only ever remove a folder that a demonstration made."""
    mark = place.root / _MARK
    if place.root.exists() and any(place.root.iterdir()):
        if not mark.exists():
            raise DemoError(f"{place.root} holds something else than a demonstration. Choose another folder: --data")
        shutil.rmtree(place.root)
    place.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    mark.touch()
