"""A whole post and a whole capital: the feed is served, pulled, and what a post has of it is told to people."""

from pathlib import Path

from crossing.identity.roles import Role
from crossing.platform.crypto import SigningKey
from crossing.platform.db import Database
from crossing.platform.ids import new_id
from crossing.replication.feed.publishing import publish
from tests.factories.desk import good
from tests.factories.services import (
    CapitalService,
    enrol,
    post_settings,
    prepared_post,
    running_capital,
    running_post,
)
from tests.factories.waiting import wait_until
from tests.integration.replication.feed.world import LASTING
from tests.integration.replication.world import CLOCK

STATUS = "/api/replication/status"


def test_a_post_tells_how_old_what_it_has_of_the_feed_is(tmp_path: Path, capital_database: Database) -> None:
    with running_capital(tmp_path / "whole-capital", capital_database) as capital:
        settings = post_settings(
            tmp_path / "whole-post", capital_url=f"https://127.0.0.1:{capital.machine_port}", feed_interval_s=0.1
        )
        prepared_post(settings)
        enrol(settings, capital.settings)
        with running_post(settings) as service:
            officer = service.officer(Role.ADMINISTRATOR)
            wait_until(lambda: good(officer.get(STATUS))["feed"]["state"] == "idle", what="the first pull")
            _publish_what_no_post_knows(capital)
            wait_until(lambda: good(officer.get(STATUS))["feed"]["sequence"] == 1, what="the item")
            feed = good(officer.get(STATUS))["feed"]
            assert (feed["set_aside"], feed["problem"], feed["diverged_at"]) == (1, None, None)
            figures = officer.get("/metrics").text
            assert 'crossing_feed_set_aside{feed="capital"} 1.0' in figures
            assert 'crossing_feed_age_seconds{feed="capital"}' in figures
            page = officer.get("/status").text
            assert "Last up to date with the capital" in page
            assert "Could not be applied" in page
            assert "Problem receiving" not in page


def test_a_post_without_a_capital_has_no_feed(tmp_path: Path) -> None:
    with running_post(post_settings(tmp_path / "alone")) as service:
        officer = service.officer(Role.ADMINISTRATOR)
        assert good(officer.get(STATUS))["feed"] is None
        assert "Last up to date with the capital" not in officer.get("/status").text
        assert "crossing_feed_age_seconds{" not in officer.get("/metrics").text


def _publish_what_no_post_knows(capital: CapitalService) -> None:
    now = CLOCK.now()
    with capital.database.unit_of_work() as session:
        publish(
            session,
            signer=SigningKey.load_or_create(capital.settings.data / "keys" / "receipts.key"),
            item_id=new_id(),
            type="news.of_tomorrow",
            version=1,
            payload={},
            published_at=now,
            expires_at=now + LASTING,
        )
