"""The services outside of a post that it asks about travellers, and what asks them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crossing.cores import Core
from crossing.identity.systems import SCHEME
from crossing.lanes.bridge_desk import BridgeDesk
from crossing.lanes.service import Desk
from crossing.platform.clock import Clock
from crossing.platform.http import ClientTls
from crossing.platform.settings import PostSettings
from crossing.replication.outbox import Outbox
from crossing.screening.bridge import BridgeClient
from crossing.screening.interpol_state.watch import BridgeReporter, BridgeWatch
from crossing.screening.outside import OutsideServices
from crossing.screening.rechecks import Rechecker, RecheckQueue
from crossing.screening.remote import RemoteService
from crossing.screening.services.description import Description
from crossing.screening.services.service import WatchlistService
from crossing.screening.verifications import VerificationQueue, VerificationSender
from crossing.screening.yente.source import NationalServer


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks the services outside, and asks again until they answer; who tells the bridge what became of hits; who
    tells the capital whether INTERPOL is asked."""

    outside: OutsideServices
    rechecks: RecheckQueue
    bridge_desk: BridgeDesk
    rechecker: Rechecker
    words: VerificationSender
    reporter: BridgeReporter


def asking_of(settings: PostSettings, core: Core, outside: OutsideServices, desk: Desk, outbox: Outbox) -> Asking:
    rechecks = RecheckQueue(core.clock)
    bridge_desk = BridgeDesk(database=core.database, services=outside, rechecks=rechecks, desk=desk)
    return Asking(
        outside=outside,
        rechecks=rechecks,
        bridge_desk=bridge_desk,
        rechecker=Rechecker(
            database=core.database,
            queue=rechecks,
            services=outside,
            on_answer=bridge_desk.take_late,
            interval_s=settings.recheck_interval_s,
        ),
        words=VerificationSender(
            database=core.database,
            queue=VerificationQueue(core.clock),
            bridge=outside.bridge,
            interval_s=settings.recheck_interval_s,
        ),
        reporter=BridgeReporter(
            BridgeWatch(outside.bridge, core.clock),
            database=core.database,
            outbox=outbox,
            rechecks=rechecks,
            interval_s=settings.bridge_report_interval_s,
        ),
    )


def outside_services(settings: PostSettings, clock: Clock, described: Sequence[Description]) -> OutsideServices:
    bridge = BridgeClient(
        settings.bridge_url,
        clock=clock,
        tls=_client_tls(settings.bridge_certificate, settings.bridge_key, settings.bridge_authority),
        timeout_s=settings.bridge_timeout_s,
        legal_basis=settings.legal_basis,
    )
    watchlists = [WatchlistService(one, clock=clock) for one in described]
    return OutsideServices(bridge, _national_server(settings, clock), watchlists=watchlists)


def _client_tls(certificate: Path | None, key: Path | None, authority: Path | None) -> ClientTls | None:
    if certificate is None or key is None or authority is None:
        return None
    return ClientTls(certificate, key, authority)


def _national_server(settings: PostSettings, clock: Clock) -> NationalServer | None:
    if settings.national_url is None:
        return None
    shown = settings.national_key_file.read_text().strip() if settings.national_key_file else ""
    service = RemoteService(
        settings.national_url,
        name="national",
        tls=_client_tls(settings.national_certificate, settings.national_key, settings.national_authority),
        headers={"Authorization": f"{SCHEME}{shown}"} if shown else None,
        timeout_s=settings.national_timeout_s,
    )
    return NationalServer(service, dataset=settings.national_dataset, clock=clock)
