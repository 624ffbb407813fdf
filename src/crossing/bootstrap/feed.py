"""The change feed, put together: what the posts pull from the capital, and which room applies it."""

from typing import Final

from crossing.cores import CapitalCore, Core, PostCore
from crossing.platform.clock import Clock
from crossing.platform.db.reading import reading
from crossing.platform.metrics import Gauge
from crossing.platform.settings import PostSettings
from crossing.platform.tls import KEEP_ALIVE_S
from crossing.replication.events import MachineSigner
from crossing.replication.feed.appliers import FeedAppliers
from crossing.replication.feed.puller import FeedPuller
from crossing.replication.feed.serving import FeedService
from crossing.replication.link import CapitalLink
from crossing.replication.machine_keys import EnrolledMachines
from crossing.replication.schemas import FeedStatusOut
from crossing.replication.status import of_feed
from crossing.screening.ahead import applying as ahead_items
from crossing.screening.ahead.keeping import AheadKeeper

_KEEP_ALIVE_S: Final = KEEP_ALIVE_S - 5
"""A new connection for each question would cost more than all the questions; given up before the capital does it."""


def feed_appliers(clock: Clock, ahead: AheadKeeper) -> FeedAppliers:
    """Which room of a post applies which item. An item of a type that is not here is kept, and applied once it is."""
    appliers = FeedAppliers()
    ahead_items.register(appliers, clock=clock, changed=ahead.wake)
    return appliers


def feed_puller(
    settings: PostSettings, opened: PostCore, signer: MachineSigner, ahead: AheadKeeper
) -> FeedPuller | None:
    """None where no capital is configured."""
    url, machine = settings.capital_url, opened.machine
    if url is None:
        return None
    return FeedPuller(
        database=opened.core.database,
        connect=lambda: CapitalLink(
            url,
            tls=machine.client_tls(),
            capital_key=machine.capital_signing_key(),
            signer=signer,
            keep_alive_s=_KEEP_ALIVE_S,
        ),
        of=signer.ref,
        appliers=feed_appliers(opened.core.clock, ahead),
        clock=opened.core.clock,
        interval_s=settings.feed_interval_s,
    )


def feed_gauges(core: Core, puller: FeedPuller | None) -> list[Gauge]:
    """How old what this post has of the feed is, and how many items it could not apply."""

    def feed() -> FeedStatusOut | None:
        if puller is None:
            return None
        with reading(core.database) as session:
            return of_feed(session, puller.status())

    def age() -> dict[str, float]:
        found = feed()
        if found is None or found.pulled_at is None:
            return {}
        return {"capital": (core.clock.now() - found.pulled_at).total_seconds()}

    def set_aside() -> dict[str, float]:
        found = feed()
        return {"capital": float(found.set_aside)} if found else {}

    return [
        ("crossing_feed_age_seconds", "Time since all that was published was taken in.", "feed", age),
        ("crossing_feed_set_aside", "Items of the feed that could not be applied.", "feed", set_aside),
    ]


def feed_service(opened: CapitalCore) -> FeedService:
    return FeedService(machines=EnrolledMachines(), signer=opened.signing_key, clock=opened.core.clock)
