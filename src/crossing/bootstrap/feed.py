"""The change feed, put together: what the posts pull from the capital, and which room applies it."""

from crossing.cores import CapitalCore, PostCore
from crossing.platform.settings import PostSettings
from crossing.replication.events import MachineSigner
from crossing.replication.feed.appliers import FeedAppliers
from crossing.replication.feed.puller import FeedPuller
from crossing.replication.feed.serving import FeedService
from crossing.replication.link import CapitalLink
from crossing.replication.machine_keys import EnrolledMachines


def feed_appliers() -> FeedAppliers:
    """Which room of a post applies which item. An item of a type that is not here is kept, and applied once it is."""
    return FeedAppliers()


def feed_puller(settings: PostSettings, opened: PostCore, signer: MachineSigner) -> FeedPuller | None:
    """None where no capital is configured."""
    url, machine = settings.capital_url, opened.machine
    if url is None:
        return None
    return FeedPuller(
        database=opened.core.database,
        connect=lambda: CapitalLink(
            url, tls=machine.client_tls(), capital_key=machine.capital_signing_key(), signer=signer
        ),
        of=signer.ref,
        appliers=feed_appliers(),
        clock=opened.core.clock,
        interval_s=settings.feed_interval_s,
    )


def feed_service(opened: CapitalCore) -> FeedService:
    return FeedService(machines=EnrolledMachines(), signer=opened.signing_key, clock=opened.core.clock)
