"""A whole post and a whole capital, put together by ``bootstrap`` with the real engines, served on loopback."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import UUID

import httpx
import sqlalchemy as sa
from fastapi import FastAPI
from pydantic import SecretStr

from crossing.bootstrap import PostParts, capital_app, post_app
from crossing.commands.capital import machine_tls
from crossing.cores import open_capital, open_post
from crossing.documents.default import document_reader
from crossing.documents.service import DocumentReader
from crossing.faces.engines import open_engine
from crossing.faces.engines.base import FaceEngine
from crossing.identity.dependencies import CSRF_HEADER
from crossing.identity.principal import SYSTEM
from crossing.identity.roles import Role
from crossing.identity.service import IdentityService
from crossing.platform import migrations
from crossing.platform.clock import SystemClock
from crossing.platform.crypto import MasterKey
from crossing.platform.db import Database, open_sqlcipher
from crossing.platform.settings import CapitalSettings, PostSettings
from crossing.posts import enrolment
from crossing.posts.machine_identity import MachineDescription, MachineIdentity
from crossing.posts.repository import lanes as lanes_of_post
from crossing.posts.schemas import LaneIn
from tests.factories.officers import ADDRESS, PASSWORD, add_officer, quick_passwords
from tests.factories.portraits import MODELS
from tests.factories.serving import PLAIN, serving

POST: Final = MachineDescription(post="NIA-1", post_name="Niangoloko", country="BFA", name="desk-1")
SCANNER, CAMERA = "page-scanner", "camera"


@cache
def reader() -> DocumentReader:
    return document_reader(threads=2)


@cache
def face_engine() -> FaceEngine:
    return open_engine(MODELS)


@dataclass
class Service:
    """A running application. Clients are closed when it stops."""

    app: FastAPI
    url: str
    clients: list[httpx.Client] = field(default_factory=list)
    _officers: set[str] = field(default_factory=set)

    @property
    def database(self) -> Database:
        database: Database = self.app.state.database
        return database

    def stranger(self, locale: str = "en") -> httpx.Client:
        """Someone who has not signed in."""
        client = httpx.Client(
            base_url=self.url,
            verify=PLAIN,
            trust_env=False,
            timeout=30,
            headers={"Accept-Language": locale},
            follow_redirects=False,
        )
        self.clients.append(client)
        return client

    def officer(self, *roles: Role, post: str | None = None, locale: str = "en", login: str = "") -> httpx.Client:
        """An officer with ``roles``, signed in, whose requests carry the CSRF token."""
        login = login or "-".join(role.value for role in roles).replace("_", "-")
        identity: IdentityService = self.app.state.identity
        if login not in self._officers:
            add_officer(identity, self.database, login, *roles, post=post)
            self._officers.add(login)
        signed_in = identity.sign_in(self.database, login=login, secret=PASSWORD, address=ADDRESS)
        client = self.stranger(locale)
        client.cookies.set(identity.cookie.name, signed_in.token)
        client.headers[CSRF_HEADER] = signed_in.session.csrf_token
        return client

    def count(self, table: type[Any]) -> int:
        with self.database.engine.connect() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0

    def close(self) -> None:
        for client in self.clients:
            client.close()


@dataclass
class PostService(Service):
    settings: PostSettings = field(kw_only=True)
    lanes: tuple[UUID, ...] = field(kw_only=True)


@dataclass
class CapitalService(Service):
    settings: CapitalSettings = field(kw_only=True)
    machines: FastAPI = field(kw_only=True)
    machine_port: int = field(kw_only=True)


def prepared_post(settings: PostSettings, *, lanes: int = 1, description: MachineDescription = POST) -> list[UUID]:
    """A post as ``crossing post init`` and ``add-lane`` leave it; gives the lanes' ids, by number."""
    MachineIdentity.create(settings.data / "identity", description)
    _put_tables_into(settings)
    opened = open_post(settings)
    try:
        with opened.core.database.unit_of_work() as session:
            return [
                opened.core.posts.add_lane(
                    session,
                    actor=SYSTEM,
                    post_code=description.post,
                    lane=LaneIn(number=number, name=f"Lane {number}", scanner_device=SCANNER, camera_device=CAMERA),
                ).id
                for number in range(1, lanes + 1)
            ]
    finally:
        opened.core.close()


def _put_tables_into(settings: PostSettings) -> None:
    """A database with every table, and its key, so that the migrations run once a process."""
    key, tables = _empty_post()
    path = settings.master_key_path()
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(0o600)
        path.write_bytes(key)
        (settings.data / "post.db").write_bytes(tables)


@cache
def _empty_post() -> tuple[bytes, bytes]:
    with TemporaryDirectory() as made_in:
        key, database = Path(made_in) / "master.key", Path(made_in) / "post.db"
        engine = open_sqlcipher(database, MasterKey.load_or_create(key).derive("database"))
        migrations.upgrade(engine)
        # The last connection that closes folds the write-ahead log into the file.
        engine.dispose()
        return key.read_bytes(), database.read_bytes()


def post_settings(folder: Path, **changed: Any) -> PostSettings:
    """Settings of a post in ``folder`` that meets nobody unless told to."""
    plain: dict[str, Any] = {"data": folder, "models": MODELS, "agent_url": None, "sender_interval_s": 0.1}
    return PostSettings(**(plain | changed))


@contextmanager
def running_post(
    settings: PostSettings, *, lanes: int = 1, parts: PostParts | None = None, port: int = 0
) -> Iterator[PostService]:
    """A post with the real page reader and face engine; prepared where it is new."""
    new = not (settings.data / "post.db").exists()
    known = prepared_post(settings, lanes=lanes) if new else _lanes_of(settings)
    app = post_app(settings, parts or PostParts(reader=reader(), face_engine=face_engine()))
    _with_quick_passwords(app)
    with serving(app, port=port) as taken:
        service = PostService(app, f"http://127.0.0.1:{taken}", settings=settings, lanes=tuple(known))
        try:
            yield service
        finally:
            service.close()


@contextmanager
def running_capital(
    folder: Path, database: Database, *, machine_port: int = 0, **changed: Any
) -> Iterator[CapitalService]:
    """A capital on ``database`` with both its surfaces; ``changed`` settings."""
    url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    settings = CapitalSettings(data=folder, database_url=SecretStr(url), **changed)
    apps = capital_app(settings)
    _with_quick_passwords(apps.people)
    with ExitStack() as stack:
        port = stack.enter_context(serving(apps.people))
        machines = stack.enter_context(serving(apps.machines, tls=machine_tls(settings), port=machine_port))
        service = CapitalService(
            apps.people,
            f"http://127.0.0.1:{port}",
            settings=settings,
            machines=apps.machines,
            machine_port=machines,
        )
        stack.callback(service.close)
        yield service


def enrol(post: PostSettings, capital: CapitalSettings) -> None:
    """Carry the request to the capital and its bundle back."""
    identity = MachineIdentity.load(post.data / "identity")
    opened = open_capital(capital)
    try:
        with opened.core.database.unit_of_work() as session:
            enrolled = opened.core.posts.enrol(
                session,
                actor=SYSTEM,
                request=enrolment.make_request(identity, SystemClock()),
                authority=opened.authority,
                signing_key=opened.signing_key,
            )
    finally:
        opened.close()
    enrolment.accept(identity, enrolled.bundle)


def _lanes_of(settings: PostSettings) -> list[UUID]:
    opened = open_post(settings)
    try:
        with opened.core.database.unit_of_work() as session:
            return [lane.id for lane in lanes_of_post(session, opened.machine.post)]
    finally:
        opened.core.close()


def _with_quick_passwords(app: FastAPI) -> None:
    """The same identity service, but that a password's hash takes no time worth waiting for."""
    identity: IdentityService = app.state.identity
    app.state.identity = IdentityService(
        app.state.clock, app.state.audit.record, cookie=identity.cookie, passwords=quick_passwords()
    )
