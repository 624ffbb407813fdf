"""Whether INTERPOL is being asked right now: at a post in one large sentence, at the capital for every post."""

from collections.abc import Collection
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from crossing.decisions import repository as referrals
from crossing.decisions.schemas import ReferralView
from crossing.identity.dependencies import requires
from crossing.identity.principal import Principal
from crossing.identity.roles import Permission
from crossing.platform.db import Session
from crossing.platform.db.reading import reading
from crossing.platform.i18n import locale_for
from crossing.ports.bridge import Database
from crossing.replication.outbox import Outbox
from crossing.screening.bridge_mapping import DATABASE_OF, SOURCE
from crossing.screening.interpol_state.state import InterpolNews
from crossing.screening.interpol_state.watch import BridgeWatch
from crossing.screening.rechecks import RecheckQueue
from crossing.screening.schemas import CheckKind
from crossing.screening.services.service import ServiceState, WatchlistServices
from crossing.screening.verifications import NEEDS_A_LOOK, VerificationQueue, VerificationView
from crossing.web.pages.context import clock, database
from crossing.web.records import newest_of
from crossing.web.rendering import INTERPOL_READERS, render

router = APIRouter(include_in_schema=False)

Reader = Annotated[Principal, Depends(requires(*INTERPOL_READERS))]

_SHOWN: Final = 10


@router.get("/interpol")
def page(request: Request, reader: Reader) -> Response:
    return render(request, "interpol/page.html", _facts(request, reader))


@router.get("/interpol/now")
def now(request: Request, reader: Reader) -> Response:
    """The sentence and the facts behind it; the page asks for them again and again."""
    return render(request, "interpol/now.html", _facts(request, reader))


def interpol_news(request: Request, session: Session) -> InterpolNews:
    """What this post knows of asking INTERPOL, without waiting for the bridge."""
    watch: BridgeWatch = request.app.state.bridge_watch
    outbox: Outbox = request.app.state.outbox
    rechecks: RecheckQueue = request.app.state.rechecks
    return watch.news(post=outbox.signer.post, waiting=rechecks.pending_by_source(session).get(SOURCE, 0))


def _facts(request: Request, reader: Principal) -> dict[str, Any]:
    watch: BridgeWatch = request.app.state.bridge_watch
    rechecks: RecheckQueue = request.app.state.rechecks
    verifications: VerificationQueue = request.app.state.verifications
    watchlists: WatchlistServices = request.app.state.watchlists
    of_second_line = reader.may(Permission.REFERRALS_RESOLVE)
    with reading(database(request)) as session:
        facts = {
            "news": interpol_news(request, session),
            "waiting": rechecks.pending_by_source(session),
            "told": verifications.counted(session),
            "not_taken": _not_taken(session, verifications) if of_second_line else [],
            "late": _late(session) if of_second_line else None,
        }
    services = [_named(one, locale_for(request)) for one in watchlists.states]
    return {
        **facts,
        "bridge": watch.seen().status,
        "services": services,
        "now": clock(request).now(),
        "newest_of": newest_of,
        "kinds_of": kinds_of,
        "kinds_not_of": lambda databases: kinds_of(set(Database) - set(databases)),
    }


def kinds_of(databases: Collection[Database]) -> list[CheckKind]:
    """The checks that these databases of INTERPOL's answer, whose names people know."""
    return [kind for kind, database in DATABASE_OF.items() if database in databases]


def _named(state: ServiceState, locale: str) -> tuple[str, ServiceState]:
    """A service with its name in the reader's language."""
    return getattr(state.names, locale), state


def _not_taken(session: Session, queue: VerificationQueue) -> list[VerificationView]:
    """Words on hits with which no machine gets further. They name a referral, and nobody."""
    return [one for one in queue.not_taken(session) if one.state in NEEDS_A_LOOK][:_SHOWN]


def _late(session: Session) -> list[ReferralView]:
    """Newest first. Where each was and what was found: of whom is for the second line's own page, which is logged."""
    return [one for one in reversed(referrals.waiting(session)) if one.late][:_SHOWN]
