"""What has to be there before the first traveller: keys, trust, enrolment, a lane, officers, lists."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from crossing.cores import CapitalCore, Core, PostCore, face_service
from crossing.demo import material
from crossing.demo.settings import POST_CODE, POST_NAME, POST_STATE, Place, Ports
from crossing.identity.principal import SYSTEM
from crossing.identity.roles import Role
from crossing.identity.schemas import OfficerIn
from crossing.platform.clock import SystemClock
from crossing.platform.files import write_durably
from crossing.platform.settings import CapitalSettings, PostSettings
from crossing.platform.tls import Authority, new_machine_key
from crossing.posts import enrolment
from crossing.posts.machine_identity import MachineDescription, MachineIdentity
from crossing.posts.schemas import LaneIn
from crossing.screening.cli import folder_loader
from crossing.screening.lists.formats import FORMATS
from crossing.screening.lists.import_order import ImportOrder
from crossing.screening.lists.service import ListService

ACTORS = {"post": {"o.keita": Role.OFFICER, "s.diarra": Role.SECOND_LINE}, "capital": {"n.analyst": Role.ANALYST}}
"""Who acts in the demonstration itself."""

VISITORS = {
    "post": {
        "officer": Role.OFFICER,
        "second.line": Role.SECOND_LINE,
        "supervisor": Role.SUPERVISOR,
        "administrator": Role.ADMINISTRATOR,
    },
    "capital": {"analyst": Role.ANALYST, "oversight": Role.OVERSIGHT, "administrator": Role.ADMINISTRATOR},
}
"""Accounts for whoever opens a browser afterwards; their one-time codes are printed."""

Codes = dict[str, str]
"""One-time codes by login."""


@dataclass(frozen=True, slots=True)
class Foundation:
    """Settings and secrets that the services are started with."""

    capital: CapitalSettings
    post: PostSettings
    token_file: Path
    token: str


def lay_foundation(place: Place, ports: Ports) -> Foundation:
    """Keys, tokens and settings; nothing is running yet."""
    token_file = place.devices / "token"
    token_file.parent.mkdir(parents=True, exist_ok=True)
    token = secrets.token_urlsafe(32)
    write_durably(token_file, token.encode())
    MachineIdentity.create(
        place.post / "identity",
        MachineDescription(post=POST_CODE, post_name=POST_NAME, country=POST_STATE, name="desk-1"),
    )
    tls = bridge_certificates(place)
    post = PostSettings(
        data=place.post,
        port=ports.post,
        models=place.models,
        capital_url=f"https://127.0.0.1:{ports.capital_machines}",
        bridge_url=f"https://127.0.0.1:{ports.bridge}",
        bridge_certificate=tls / "post.pem",
        bridge_key=tls / "post.key",
        bridge_authority=tls / "authority" / "authority.pem",
        agent_url=f"http://127.0.0.1:{ports.agent}",
        agent_token_file=token_file,
        bridge_report_interval_s=5.0,
        recheck_interval_s=1.0,
        sender_interval_s=1.0,
        time_zone="Africa/Bamako",
    )
    capital = CapitalSettings(data=place.capital, port=ports.capital, machine_port=ports.capital_machines)
    return Foundation(capital, post, token_file, token)


def bridge_certificates(place: Place) -> Path:
    """The bridge's own trust: an authority that certifies the bridge and the posts that may ask it."""
    folder = place.bridge / "tls"
    authority = Authority(folder / "authority", name="Demonstration bridge")
    for name, subject, hosts in (("bridge", "interpol-bridge", ("127.0.0.1", "localhost")), ("post", POST_CODE, ())):
        certificate = authority.issue(new_machine_key(folder / f"{name}.key"), name=subject, hosts=hosts)
        write_durably(folder / f"{name}.pem", certificate, mode=0o644)
    return folder


def let_in(capital: CapitalCore, laid: Foundation) -> bytes:
    """Enrol the post at the capital, with the files that a stick would carry; returns the bundle for the post."""
    request = enrolment.make_request(MachineIdentity.load(laid.post.data / "identity"), SystemClock())
    with capital.core.database.unit_of_work() as session:
        enrolled = capital.core.posts.enrol(
            session,
            actor=SYSTEM,
            request=request,
            authority=capital.authority,
            signing_key=capital.signing_key,
        )
    return enrolled.bundle


def accept(post: PostCore, bundle: bytes) -> None:
    """The post takes in what the capital gave."""
    enrolment.accept(post.machine, bundle)


def add_lane(post: PostCore) -> str:
    lane = LaneIn(
        number=1,
        name="Gogui 1",
        direction="both",
        scanner_device="page-scanner",
        camera_device="camera",
        chip_device="chip-reader",
        finger_device="finger-scanner",
    )
    with post.core.database.unit_of_work() as session:
        return str(post.core.posts.add_lane(session, actor=SYSTEM, post_code=post.machine.post, lane=lane).id)


def add_officers(core: Core, where: str, post: str | None) -> Codes:
    codes = {}
    with core.database.unit_of_work() as session:
        for login, role in (ACTORS[where] | VISITORS[where]).items():
            officer = OfficerIn(login=login, name=login.replace(".", " ").title(), roles=frozenset({role}), post=post)
            codes[login] = core.identity.add_officer(session, actor=SYSTEM, officer=officer).code
    return codes


def import_lists(post: PostCore, settings: PostSettings, place: Place) -> None:
    core = post.core
    faces = face_service(settings, core.database)
    lists = ListService(
        core.database,
        core.blobs,
        clock=core.clock,
        audit=core.audit,
        signing_key=post.machine.signing_key,
        faces=faces,
    )
    for one in material.national_lists(place):
        order = ImportOrder(
            code=one.code,
            content=one.path.read_bytes(),
            # A list of trust says its date itself.
            as_of=None if FORMATS[one.format].is_trust else core.clock.now(),
            actor=SYSTEM,
            name=one.name,
            format=one.format,
            portraits=folder_loader(one.path.parent),
            signer_seen=True,
        )
        lists.import_list(order)
