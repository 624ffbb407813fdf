"""The stage: keys, enrolment, officers, lists and six processes, from an empty folder to ready."""

import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from crossing.bootstrap import CapitalCore, Core, PostCore, open_capital, open_post
from crossing.demo import material
from crossing.demo.client import answers
from crossing.demo.processes import DemoError, Service, Services, command, require_free
from crossing.demo.settings import POST_CODE, POST_NAME, POST_STATE, Place, Ports
from crossing.identity.principal import SYSTEM
from crossing.identity.roles import Role
from crossing.identity.schemas import OfficerIn
from crossing.platform.clock import SystemClock
from crossing.platform.db.embedded import start_embedded_postgres
from crossing.platform.files import write_durably
from crossing.platform.settings import CapitalSettings, PostSettings
from crossing.platform.tls import Authority, new_machine_key
from crossing.posts import enrolment
from crossing.posts.machine_identity import MachineDescription, MachineIdentity
from crossing.posts.schemas import LaneIn

_MARK = ".crossing-demonstration"
_READY_WITHIN_S = 60.0

ACTORS = {"post": {"o.keita": Role.OFFICER, "s.diarra": Role.SECOND_LINE}, "capital": {"n.analyst": Role.ANALYST}}
"""Who acts in the demonstration itself."""

VISITORS = {
    "post": {"officer": Role.OFFICER, "second.line": Role.SECOND_LINE, "supervisor": Role.SUPERVISOR},
    "capital": {"analyst": Role.ANALYST, "oversight": Role.OVERSIGHT, "administrator": Role.ADMINISTRATOR},
}
"""Accounts for whoever opens a browser afterwards; their one-time codes are printed."""


@dataclass(slots=True)
class Stage:
    """Everything that runs. ``codes``: by service and login, the one-time codes."""

    place: Place
    ports: Ports
    services: Services
    lane_id: str
    codes: dict[str, dict[str, str]]
    material: material.Material
    token: str
    running: dict[str, Service] = field(default_factory=dict)

    @property
    def post_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.post}"

    @property
    def capital_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.capital}"

    def start_again(self, name: str) -> None:
        service = self.running[name]
        service.start()
        service.wait_until_ready(_READY_WITHIN_S)


@contextmanager
def set_up(place: Place, ports: Ports) -> Iterator[Stage]:
    """Build everything anew and start it; stop it in order at the end, however that comes."""
    require_free(ports.named())
    _clear(place)
    services = Services()
    drawing = material.Material(place)
    database_url, stop_database = start_embedded_postgres(place.capital / "postgres")
    try:
        yield _prepare(place, ports, services, drawing, database_url)
    finally:
        services.stop()
        drawing.stop()
        stop_database()


def _prepare(place: Place, ports: Ports, services: Services, drawing: material.Material, database_url: str) -> Stage:
    os.environ["CROSSING_CAPITAL_DATABASE_URL"] = database_url
    capital_settings = CapitalSettings(data=place.capital, port=ports.capital, machine_port=ports.capital_machines)
    token_file = place.devices / "token"
    token_file.parent.mkdir(parents=True, exist_ok=True)
    token = secrets.token_urlsafe(32)
    write_durably(token_file, token.encode())
    bridge_client = _bridge_certificates(place)
    post_settings = PostSettings(
        data=place.post,
        port=ports.post,
        models=place.models,
        capital_url=f"https://127.0.0.1:{ports.capital_machines}",
        bridge_url=f"https://127.0.0.1:{ports.bridge}",
        bridge_certificate=bridge_client / "post.pem",
        bridge_key=bridge_client / "post.key",
        bridge_authority=bridge_client / "authority" / "authority.pem",
        agent_url=f"http://127.0.0.1:{ports.agent}",
        agent_token_file=token_file,
        recheck_interval_s=1.0,
        sender_interval_s=1.0,
    )
    running = {service.name: service for service in _outside_services(place, ports, token_file)}
    for service in running.values():
        services.add(service)
    capital = open_capital(capital_settings)
    MachineIdentity.create(
        place.post / "identity",
        MachineDescription(post=POST_CODE, post_name=POST_NAME, country=POST_STATE, name="desk-1"),
    )
    post = open_post(post_settings)
    try:
        _enrol(capital, post)
        lane_id = _add_lane(post)
        codes = {
            "post": _add_officers(post.core, "post", POST_CODE),
            "capital": _add_officers(capital.core, "capital", None),
        }
    finally:
        post.core.close()
        capital.core.close()
    drawing.wait()
    _import_lists(place, post_settings)
    inside = _inside_services(place, ports, capital_settings, post_settings)
    for service in inside:
        services.add(service)
    running |= {service.name: service for service in inside}
    for service in running.values():
        service.wait_until_ready(_READY_WITHIN_S)
    return Stage(place, ports, services, lane_id, codes, drawing, token, running)


def _clear(place: Place) -> None:
    """Start from nothing, but only ever remove a folder that a demonstration made."""
    mark = place.root / _MARK
    if place.root.exists() and any(place.root.iterdir()):
        if not mark.exists():
            raise DemoError(f"{place.root} holds something else than a demonstration. Choose another folder: --data")
        shutil.rmtree(place.root)
    place.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    mark.touch()


def _bridge_certificates(place: Place) -> Path:
    """The bridge's own trust: an authority that certifies the bridge and the posts that may ask it."""
    folder = place.bridge / "tls"
    authority = Authority(folder / "authority", name="Demonstration bridge")
    for name, subject, hosts in (("bridge", "interpol-bridge", ("127.0.0.1", "localhost")), ("post", POST_CODE, ())):
        certificate = authority.issue(new_machine_key(folder / f"{name}.key"), name=subject, hosts=hosts)
        write_durably(folder / f"{name}.pem", certificate, mode=0o644)
    return folder


def _enrol(capital: CapitalCore, post: PostCore) -> None:
    with capital.core.database.unit_of_work() as session:
        enrolled = capital.core.posts.enrol(
            session,
            actor=SYSTEM,
            request=enrolment.make_request(post.machine, SystemClock()),
            authority=capital.authority,
            signing_key=capital.signing_key,
        )
    enrolment.accept(post.machine, enrolled.bundle)


def _add_lane(post: PostCore) -> str:
    lane = LaneIn(number=1, name="Gogui 1", direction="both", scanner_device="page-scanner", camera_device="camera")
    with post.core.database.unit_of_work() as session:
        return str(post.core.posts.add_lane(session, actor=SYSTEM, post_code=post.machine.post, lane=lane).id)


def _add_officers(core: Core, where: str, post: str | None) -> dict[str, str]:
    codes = {}
    with core.database.unit_of_work() as session:
        for login, role in (ACTORS[where] | VISITORS[where]).items():
            officer = OfficerIn(login=login, name=login.replace(".", " ").title(), roles=frozenset({role}), post=post)
            codes[login] = core.identity.add_officer(session, actor=SYSTEM, officer=officer).code
    return codes


def _import_lists(place: Place, settings: PostSettings) -> None:
    """As an administrator does it at a post: with the command."""
    for one in material.national_lists(place):
        imported = subprocess.run(  # noqa: S603 - our own command, no shell
            [
                command("crossing"),
                "lists",
                "import",
                str(one.path),
                f"--code={one.code}",
                f"--name={one.name}",
                f"--format={one.format}",
            ],
            env={**os.environ, **_environment("CROSSING_POST_", settings)},
            capture_output=True,
            timeout=_READY_WITHIN_S,
            check=False,
        )
        if imported.returncode != 0:
            raise DemoError(
                f"The list {one.code} was not imported: {imported.stderr.decode(errors='replace').strip()}"
            )


def _outside_services(place: Place, ports: Ports, token_file: Path) -> list[Service]:
    """The devices and the bridge: what a post finds around it."""
    config = place.devices / "devices.toml"
    tls = place.bridge / "tls"
    return [
        Service(
            "simulated devices",
            [
                command("crossing-devices"),
                "simulate",
                f"--token-file={token_file}",
                f"--scanner-port={ports.scanner}",
                f"--camera-port={ports.camera}",
                f"--write-config={config}",
            ],
            place.logs / "simulated-devices.log",
            lambda: config.exists() and _listens(ports.camera),
        ),
        Service(
            "simulated bureau",
            [
                command("interpol-bridge"),
                "simulate",
                f"--port={ports.bureau}",
                f"--scenario={material.bureau_scenario(place)}",
                f"--asked-log={place.bridge / 'asked.jsonl'}",
            ],
            place.logs / "simulated-bureau.log",
            lambda: _listens(ports.bureau),
        ),
        Service(
            "INTERPOL bridge",
            [
                command("interpol-bridge"),
                "serve",
                f"--port={ports.bridge}",
                f"--tls-certificate={tls / 'bridge.pem'}",
                f"--tls-key={tls / 'bridge.key'}",
                f"--client-ca={tls / 'authority' / 'authority.pem'}",
                f"--data-folder={place.bridge / 'data'}",
                f"--backend-url=http://127.0.0.1:{ports.bureau}",
            ],
            place.logs / "bridge.log",
            lambda: _listens(ports.bridge),
        ),
    ]


def _inside_services(place: Place, ports: Ports, capital: CapitalSettings, post: PostSettings) -> list[Service]:
    return [
        Service(
            "device agent",
            [
                command("crossing-devices"),
                "agent",
                f"--config={place.devices / 'devices.toml'}",
                f"--token-file={place.devices / 'token'}",
                f"--port={ports.agent}",
            ],
            place.logs / "device-agent.log",
            lambda: _listens(ports.agent),
        ),
        Service(
            "capital",
            [command("crossing"), "capital"],
            place.logs / "capital.log",
            lambda: answers(f"http://127.0.0.1:{ports.capital}") and _listens(ports.capital_machines),
            _environment("CROSSING_CAPITAL_", capital),
        ),
        Service(
            "post",
            [command("crossing"), "post"],
            place.logs / "post.log",
            lambda: answers(f"http://127.0.0.1:{ports.post}"),
            _environment("CROSSING_POST_", post),
        ),
    ]


def _environment(prefix: str, settings: CapitalSettings | PostSettings) -> dict[str, str]:
    """Settings as a process reads them; those left at their default are left out."""
    changed = settings.model_dump(mode="json", include=settings.model_fields_set, exclude={"database_url"})
    return {f"{prefix}{name.upper()}": str(value) for name, value in changed.items() if value is not None}


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
