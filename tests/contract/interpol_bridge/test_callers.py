"""Who may call the bridge: posts, by their certificates, each in its own name."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from .backing import Backing, of_kind
from .certificates import Authority
from .world import POST, Bridge, bridge_in, stolen_passport

pytestmark = of_kind("simulator")

GUARDED = ["/v1/status", "/metrics", "/openapi.json", "/nowhere", "/health", "/health/live/"]


def test_a_post_with_its_certificate_is_answered(bridge: Bridge) -> None:
    assert bridge.ask("sltd", stolen_passport())["outcome"] == "hit"


@pytest.mark.parametrize("path", GUARDED)
def test_without_a_certificate_every_path_is_refused(bridge: Bridge, path: str) -> None:
    answer = bridge.client_of(None).get(path)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:interpol-bridge:problem:unauthenticated"


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_health_needs_no_certificate(bridge: Bridge, path: str) -> None:
    assert bridge.client_of(None).get(path).json() == {"status": "ok"}


def test_a_question_without_a_certificate_reaches_nobody(bridge: Bridge, backing: Backing) -> None:
    before = len(backing.asked)

    assert bridge.client_of(None).post("/v1/sltd/query", json=stolen_passport()).status_code == 401
    assert len(backing.asked) == before


def test_a_certificate_of_another_authority_ends_the_handshake(bridge: Bridge, tmp_path: Path) -> None:
    stranger = Authority(tmp_path / "other", "Another authority").issue(POST)

    with pytest.raises(httpx.TransportError):
        bridge.client_of(stranger).get("/health/live")


@pytest.mark.parametrize("days", [(-9, -1), (1, 9)], ids=["expired", "not yet valid"])
def test_a_certificate_out_of_its_time_ends_the_handshake(bridge: Bridge, days: tuple[int, int]) -> None:
    first, last = (datetime.now(UTC) + timedelta(days=day) for day in days)
    out_of_time = bridge.authority.issue(POST, not_before=first, not_after=last)

    with pytest.raises(httpx.TransportError):
        bridge.client_of(out_of_time).get("/health/live")


def test_a_post_may_not_ask_in_another_posts_name(bridge: Bridge, backing: Backing) -> None:
    before = len(backing.asked)
    other = bridge.client_of(bridge.authority.issue("GAO-02"))

    answer = other.post("/v1/sltd/query", json=stolen_passport())

    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:interpol-bridge:problem:not-your-post"
    assert len(backing.asked) == before


def test_one_foreign_question_refuses_a_whole_batch(bridge: Bridge, backing: Backing) -> None:
    before = len(backing.asked)
    items = [{"database": "sltd", "document": stolen_passport()} for _ in range(3)]
    items[1]["document"] = {**stolen_passport(), "post": "GAO-02"}

    assert bridge.client.post("/v1/batch", json={"items": items}).status_code == 403
    assert len(backing.asked) == before


@pytest.mark.parametrize("names", [(), (" ",), ("KOR-01", "GAO-02")], ids=["none", "blank", "two"])
def test_a_certificate_that_names_no_one_post_is_refused(bridge: Bridge, names: tuple[str, ...]) -> None:
    assert bridge.client_of(bridge.authority.issue(*names)).get("/v1/status").status_code == 401


def test_an_allow_list_narrows_the_callers_down(tmp_path: Path, authority: Authority, backing: Backing) -> None:
    allowed, other = authority.issue("TES-03"), authority.issue("TES-03")

    with bridge_in(tmp_path, authority, "", allowed_fingerprints=(allowed.fingerprint,), **backing.options) as bridge:
        assert bridge.client_of(allowed).get("/v1/status").status_code == 200
        assert bridge.client_of(other).get("/v1/status").status_code == 401


def test_plain_http_is_not_spoken(bridge: Bridge) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(bridge.url.replace("https", "http") + "/health/live", trust_env=False)
