"""What a post measures of itself beside its requests."""

from crossing.bootstrap.asking import Asking
from crossing.bootstrap.listing import Listing
from crossing.cores import Core
from crossing.platform.db.reading import reading
from crossing.platform.metrics import Gauge
from crossing.ports.breaker import Circuit
from crossing.replication.status import waiting_by_lane


def post_gauges(core: Core, listing: Listing, asking: Asking) -> list[Gauge]:
    def waiting() -> dict[str, float]:
        with reading(core.database) as session:
            return waiting_by_lane(session)

    def unanswered() -> dict[str, float]:
        with reading(core.database) as session:
            return {source: float(count) for source, count in asking.rechecks.pending_by_source(session).items()}

    def words_on_hits() -> dict[str, float]:
        with reading(core.database) as session:
            return {state: float(count) for state, count in asking.words.queue.counted(session).items()}

    def not_stored() -> dict[str, float]:
        return {"outside": float(asking.bridge_desk.not_stored)}

    def left_alone() -> dict[str, float]:
        return {one.code: float(one.circuit is Circuit.OPEN) for one in asking.outside.watchlists.states}

    def ages() -> dict[str, float]:
        now = core.clock.now()
        return {**listing.lists.ages_days(now)}

    def faces_waiting() -> dict[str, float]:
        status = listing.engine_status()
        return {status.state.value: float(status.waiting)}

    def faces_trouble() -> dict[str, float]:
        trouble = listing.engine_status().trouble
        return {trouble.code: 1.0} if trouble else {}

    return [
        ("crossing_outbox_waiting", "Events that the capital has not signed for.", "lane", waiting),
        ("crossing_rechecks_pending", "Checks that wait for an answer.", "source", unanswered),
        ("crossing_answers_not_stored", "Answers that came and could not be kept at once.", "source", not_stored),
        ("crossing_hit_verifications", "Words on hits of INTERPOL's, for the bureau.", "state", words_on_hits),
        ("crossing_watchlist_left_alone", "Whether a watchlist service failed too often.", "service", left_alone),
        ("crossing_faces_waiting", "Pictures that wait for a face template.", "state", faces_waiting),
        ("crossing_faces_trouble", "Why the wanted face engine can't serve.", "code", faces_trouble),
        ("crossing_list_age_days", "Age of the list in use.", "list", ages),
        ("crossing_list_not_loaded", "Whether the version in use can't be read.", "list", listing.lists.not_loaded),
    ]
