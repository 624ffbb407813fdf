"""The cores of a post and of the capital: what the services, the commands and the tests all stand on.

Opening one brings its database to this version's schema. No web server, no page and no thread is in here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from crossing import tables as tables  # noqa: PLC0414 - every table must be known before a session is used
from crossing.audit.service import Audit
from crossing.faces.engines import SLOT, SLOT_PREFIX, open_engine
from crossing.faces.engines.base import FaceEngine
from crossing.faces.errors import ThresholdsUnreadable
from crossing.faces.gallery.opening import Galleries
from crossing.faces.service import FaceService
from crossing.faces.serving import NoEngine, ServingEngines, serving_engine, serving_since, wanted_engine
from crossing.faces.thresholds import Thresholds
from crossing.identity.service import IdentityService
from crossing.identity.sessions import SessionCookie
from crossing.platform import migrations
from crossing.platform.blobs import BlobStore
from crossing.platform.clock import Clock, SystemClock
from crossing.platform.crypto import MasterKey, SigningKey
from crossing.platform.db import Database, open_postgres, open_sqlcipher
from crossing.platform.db.embedded import start_embedded_postgres
from crossing.platform.errors import DomainError
from crossing.platform.notify import Notices
from crossing.platform.settings import CapitalSettings, PostSettings
from crossing.platform.tls import Authority
from crossing.posts.machine_identity import MachineIdentity
from crossing.posts.service import PostsService, ensure_post
from crossing.screening.lists.document_sets import DocumentSets
from crossing.screening.snapshots import Snapshots


@dataclass(slots=True)
class Core:
    """What both services stand on."""

    clock: Clock
    database: Database
    blobs: BlobStore
    notices: Notices
    audit: Audit
    identity: IdentityService
    posts: PostsService

    def close(self) -> None:
        self.database.close()


def _core(database: Database, *, blobs: BlobStore, clock: Clock, cookie: SessionCookie) -> Core:
    audit = Audit(clock)
    return Core(
        clock=clock,
        database=database,
        blobs=blobs,
        notices=Notices(),
        audit=audit,
        identity=IdentityService(clock, audit.record, cookie=cookie),
        posts=PostsService(clock, audit.record),
    )


@dataclass(slots=True)
class PostCore:
    core: Core
    machine: MachineIdentity


def open_post(settings: PostSettings, *, clock: Clock | None = None) -> PostCore:
    """The post's database, brought to this version's schema, and what stands on it.

    Raises ``MachineIdentityMissing`` where ``crossing post init`` has not been run.
    """
    clock = clock or SystemClock()
    machine = MachineIdentity.load(settings.data / "identity")
    master = MasterKey.load_or_create(settings.master_key_path())
    database = Database(open_sqlcipher(settings.data / "post.db", master.derive("database")))
    migrations.upgrade(database.engine)
    described = machine.description
    with database.unit_of_work() as session:
        ensure_post(session, code=described.post, name=described.post_name, country=described.country)
    core = _core(
        database,
        blobs=BlobStore(settings.data / "blobs", master.derive("blobs")),
        clock=clock,
        cookie=SessionCookie("crossing_post", secure=settings.secure_cookies),
    )
    return PostCore(core, machine)


@dataclass(slots=True)
class CapitalCore:
    core: Core
    authority: Authority
    signing_key: SigningKey
    stop_database: Callable[[], None]

    def close(self) -> None:
        self.core.close()
        self.stop_database()


def open_capital(settings: CapitalSettings, *, clock: Clock | None = None) -> CapitalCore:
    """The capital's database, brought to this version's schema, and what stands on it."""
    clock = clock or SystemClock()
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    master = MasterKey.load_or_create(settings.master_key_path())
    url, stop_database = _capital_database(settings)
    database = Database(open_postgres(url))
    migrations.upgrade(database.engine)
    core = _core(
        database,
        blobs=BlobStore(settings.data / "blobs", master.derive("blobs")),
        clock=clock,
        cookie=SessionCookie("crossing_capital", secure=settings.secure_cookies),
    )
    return CapitalCore(
        core,
        authority=Authority(settings.data / "authority", name="Crossing capital", clock=clock),
        signing_key=SigningKey.load_or_create(settings.data / "keys" / "receipts.key"),
        stop_database=stop_database,
    )


def _capital_database(settings: CapitalSettings) -> tuple[str, Callable[[], None]]:
    if settings.database_url is not None:
        return settings.database_url.get_secret_value(), lambda: None
    return start_embedded_postgres(settings.data / "postgres")


def open_document_sets(settings: PostSettings | CapitalSettings) -> DocumentSets:
    """The files of lists too large for the database, whose keys are of no use without this machine's master key."""
    master = MasterKey.load_or_create(settings.master_key_path())
    return DocumentSets(settings.data / "document_sets", master.derive("document sets"))


def open_galleries(settings: PostSettings) -> Galleries:
    """The post's face galleries, encrypted. Raises ``FolderInUse`` where another process has them."""
    master = MasterKey.load_or_create(settings.master_key_path())
    return Galleries(settings.data / "galleries", master.derive("galleries"))


def open_snapshots(settings: PostSettings) -> Snapshots:
    """The post's indexes of lists, encrypted. Raises ``FolderInUse`` where another process has them."""
    master = MasterKey.load_or_create(settings.master_key_path())
    return Snapshots(settings.data / "list_indexes", master.derive("list indexes"))


def clearance_key(settings: PostSettings) -> bytes:
    """With what this post makes the digests of travellers of whom something is remembered."""
    return MasterKey.load_or_create(settings.master_key_path()).derive("clearances")


def open_faces(
    settings: PostSettings,
    database: Database,
    clock: Clock,
    engine: FaceEngine | None = None,
    former: FaceEngine | None = None,
) -> ServingEngines | NoEngine:
    """The face engine that serves, and the one that the settings want (or ``engine``). ``former`` is what opening the
    engine that served before gives.

    Never raises for an engine or a table of thresholds that can't be opened: what it gives says why.
    """
    thresholds, unreadable = _thresholds(settings)
    wanted = wanted_engine(
        settings.faces_engine,
        open_engine=partial(_opened, settings) if engine is None else lambda _name: engine,
        thresholds=thresholds,
        unreadable=unreadable,
    )
    service = _service(settings, database, wanted.engine, thresholds, former)
    if service is None:
        return NoEngine(wanted.trouble)
    return ServingEngines(service, wanted.engine, serving_since(database, service, clock), wanted.trouble)


def face_service(settings: PostSettings, database: Database) -> FaceService | None:
    """What :func:`open_faces` lets serve, for a command beside the post: it decides nothing about the engine."""
    thresholds, unreadable = _thresholds(settings)
    wanted = wanted_engine(
        settings.faces_engine,
        open_engine=partial(_opened, settings),
        thresholds=thresholds,
        unreadable=unreadable,
    )
    return _service(settings, database, wanted.engine, thresholds)


def _service(
    settings: PostSettings,
    database: Database,
    wanted: FaceEngine | None,
    thresholds: Thresholds,
    former: FaceEngine | None = None,
) -> FaceService | None:
    reopen = partial(_opened, settings) if former is None else lambda _name: former
    serving = serving_engine(database, wanted, open_engine=reopen, thresholds=thresholds)
    if serving is None:
        return None
    return FaceService(
        serving, thresholds, wanted_fmr=settings.faces_wanted_fmr, wanted_fpir=settings.faces_wanted_fpir
    )


def _opened(settings: PostSettings, name: str) -> FaceEngine:
    """The engine of that name in the settings, or in its templates: a model of one's own has its own name there."""
    in_slot = name.startswith(SLOT_PREFIX)
    return open_engine(settings.models, SLOT if in_slot else name, onnx=settings.faces_onnx)


def _thresholds(settings: PostSettings) -> tuple[Thresholds, DomainError | None]:
    """The table in force; and why it is the program's own alone, where the settings' can't be read."""
    built_in = Thresholds.load()
    if settings.faces_thresholds is None:
        return built_in, None
    try:
        return Thresholds(Thresholds.load(settings.faces_thresholds).rows + built_in.rows), None
    except ThresholdsUnreadable as unreadable:
        return built_in, unreadable
