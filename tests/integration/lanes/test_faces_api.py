"""Comparing faces over the API, with real portraits and the real engine: somebody comes again under another name."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from crossing.audit.models import AuditEntry
from crossing.bootstrap import PostParts
from crossing.documents.service import DocumentReader
from crossing.identity.roles import Role
from crossing.movements.recent_faces import RecentFaces
from crossing.platform.db.reading import reading
from tests.factories.desk import admit, declare, good, holder, refer, step_up
from tests.factories.portraits import PORTRAITS
from tests.factories.services import PostService, face_engine, post_settings, running_post
from tests.factories.waiting import wait_until
from tests.integration.lanes.drawn import DrawnPageReader

FIRST, AGAIN, NEIGHBOUR, STRANGER = "obama.jpg", "obama-speaking.jpg", "biden.jpg", "collins.png"
MEDIA = {".jpg": "image/jpeg", ".png": "image/png"}


@dataclass
class Lane:
    """A post's only lane and its officer."""

    post: PostService
    officer: httpx.Client

    @property
    def recent(self) -> RecentFaces:
        faces: RecentFaces = self.post.app.state.recent_faces
        return faces

    def arrive(self, portrait: str, number: str, surname: str) -> dict[str, Any]:
        """Photographed, and the identity typed; gives the session."""
        session = step_up(self.officer, self.post.lanes[0])
        picture = PORTRAITS / portrait
        headers = {"Content-Type": MEDIA[picture.suffix]}
        good(self.officer.put(f"/api/sessions/{session}/live", content=picture.read_bytes(), headers=headers))
        return declare(self.officer, session, holder(number, surname))

    def cross(self, portrait: str, number: str, surname: str) -> dict[str, Any]:
        view, before = self.arrive(portrait, number, surname), len(self.recent)
        movement = admit(self.officer, view["session_id"])
        wait_until(lambda: len(self.recent) == before + 1, what="the face of the crossing")
        return movement

    def judge(self, view: dict[str, Any], judged: str, **changed: Any) -> httpx.Response:
        """Answer the session's first question."""
        asked = view["faces_to_compare"][0]
        pair = {name: asked[name] for name in ("kind", "source", "reference", "live_sha256", "other_sha256")}
        answer = pair | {"judged": judged, "note": ""} | changed
        return self.officer.post(f"/api/sessions/{view['session_id']}/faces", json=answer)

    def clear(self) -> None:
        """Whoever still stands there goes."""
        standing = self.officer.get(f"/api/lanes/{self.post.lanes[0]}/session")
        if standing.is_success:
            good(self.officer.delete(f"/api/sessions/{standing.json()['session_id']}"))


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lane]:
    """A post at which Barack Obama was admitted as Traoré."""
    parts = PostParts(reader=DocumentReader(DrawnPageReader()), face_engine=face_engine())
    folder: Path = tmp_path_factory.mktemp("post")
    with running_post(post_settings(folder), parts=parts) as post:
        lane = Lane(post, post.officer(Role.SECOND_LINE, post="NIA-1", login="a.traore"))
        lane.cross(FIRST, "AA1000001", "TRAORÉ")
        yield lane


@pytest.fixture
def lane(opened: Lane) -> Iterator[Lane]:
    yield opened
    opened.clear()


def looks(lane: Lane, session: str) -> list[tuple[str, str, dict[str, Any]]]:
    with reading(lane.post.database) as reads:
        query = sa.select(AuditEntry).where(AuditEntry.subject_id == session).order_by(AuditEntry.sequence)
        return [(one.action, one.purpose, json.loads(one.detail)) for one in reads.scalars(query)]


def recent_check(view: dict[str, Any]) -> dict[str, Any]:
    [check] = [one for one in view["checks"] if one["kind"] == "face_recent"]
    return dict(check)


def test_a_question_is_answered_and_each_look_and_word_is_kept(lane: Lane) -> None:
    view = lane.arrive(AGAIN, "BB2000002", "KEITA")
    session = view["session_id"]
    assert recent_check(view)["outcome"] == "possible"
    [asked] = view["faces_to_compare"]
    assert asked["label"] == "TRAORÉ MOUSSA, 1979-03-21"
    assert asked["support"].endswith("_same")

    refused = lane.officer.post(f"/api/sessions/{session}/decision", json={"verdict": "admit"})
    assert (refused.status_code, refused.json()["code"]) == (409, "faces_uncompared")

    other = lane.officer.get(f"/api/sessions/{session}/faces/{asked['other_sha256']}")
    assert (other.content, other.headers["content-type"]) == ((PORTRAITS / FIRST).read_bytes(), "image/jpeg")
    missing = lane.officer.get(f"/api/sessions/{session}/faces/{'0' * 64}")
    assert (missing.status_code, missing.json()["code"]) == (404, "image_unknown")

    outdated = lane.judge(view, "other", live_sha256="0" * 64)
    assert (outdated.status_code, outdated.json()["code"]) == (409, "face_question_unknown")
    judged = good(lane.judge(view, "other"))
    assert (judged["faces_to_compare"], judged["needs_second_line"]) == ([], False)

    movement = admit(lane.officer, session)
    [word] = movement["known_at_decision"]["judgements"]
    assert (word["judged"], word["by"], word["support"]) == ("other", "a.traore", asked["support"])
    assert word["score"] == recent_check(view)["hits"][0]["score"]
    done = looks(lane, session)
    pictures = {"live": asked["live_sha256"][:12], "other": asked["other_sha256"][:12]}
    about = {"kind": "face_recent", "source": asked["source"], "reference": asked["reference"], **pictures}
    assert ("session.faces_compared", "border_control", {"judged": "other", **about}) in done
    looked = {"kind": "face_recent", "picture": asked["other_sha256"][:12]}
    assert ("session.image_read", "border_control", looked) in done


def test_whom_the_officer_recognises_goes_to_the_second_line_with_that_word(lane: Lane) -> None:
    view = lane.arrive(FIRST, "CC3000003", "SIDIBÉ")
    assert good(lane.judge(view, "same"))["needs_second_line"]
    refused = lane.officer.post(f"/api/sessions/{view['session_id']}/decision", json={"verdict": "admit"})
    assert (refused.status_code, refused.json()["code"]) == (409, "second_line_needed")
    referral = refer(lane.officer, view["session_id"])
    [reason] = good(lane.officer.get(f"/api/referrals/{referral}"))["reasons"]
    assert reason["hits"][0]["support"].endswith("_same")
    assert reason["hits"][0]["explanations"][-1] == {"code": "faces_same", "params": {"by": "a.traore"}}


def test_the_pictures_that_were_compared_are_shown_until_the_session_is_closed(lane: Lane) -> None:
    for decided in (True, False):
        view = lane.arrive(AGAIN, f"FF600000{6 + decided}", "SANGARÉ")
        session, [asked] = view["session_id"], view["faces_to_compare"][:1]
        names = (f"faces/{asked['other_sha256']}", "images/live")
        pages = [f"{api}/sessions/{session}/{name}" for api in ("", "/api") for name in names]
        assert [lane.officer.get(page).status_code for page in pages] == [200] * 4
        while view["faces_to_compare"]:
            view = good(lane.judge(view, "other"))
        if decided:
            admit(lane.officer, session)
        else:
            good(lane.officer.delete(f"/api/sessions/{session}"))
        assert [lane.officer.get(page).status_code for page in pages] == [404] * 4


def test_the_second_line_looks_at_the_pictures_by_the_referral(lane: Lane) -> None:
    view = lane.arrive(AGAIN, "GG7000007", "DEMBÉLÉ")
    [asked] = [one for one in view["faces_to_compare"] if one["label"].startswith("TRAORÉ")]
    referral = refer(lane.officer, view["session_id"])
    own, other = "images/live", f"portraits/{asked['other_sha256']}"
    for base in (f"/api/referrals/{referral}", f"/referrals/{referral}"):
        assert lane.officer.get(f"{base}/{own}").content == (PORTRAITS / AGAIN).read_bytes()
        assert lane.officer.get(f"{base}/{other}").content == (PORTRAITS / FIRST).read_bytes()
        assert lane.officer.get(f"{base}/portraits/{'0' * 64}").status_code == 404
        assert lane.officer.get(f"{base}/images/page").status_code == 404
    assert looks(lane, view["session_id"])[-1][0] != "referral.image_read"
    seen = [
        {"kind": "live", "picture": asked["live_sha256"][:12]},
        {"kind": "face_recent", "picture": asked["other_sha256"][:12]},
    ]
    done = [look for look in looks(lane, referral) if look[0] == "referral.image_read"]
    assert done == [("referral.image_read", "second_line", one) for one in (*seen, *seen)]
    first_line = lane.post.officer(Role.OFFICER, post="NIA-1", login="first.line")
    assert first_line.get(f"/api/referrals/{referral}/{own}").status_code == 403


def test_the_second_line_compares_what_nobody_did(lane: Lane) -> None:
    view = lane.arrive(AGAIN, "HH8000018", "BAMBA")
    session, referral = view["session_id"], refer(lane.officer, view["session_id"])
    found = {"verdict": "admit", "finding": "not_the_person"}
    refused = lane.officer.post(f"/api/referrals/{referral}/resolution", json=found)
    assert (refused.status_code, refused.json()["code"]) == (409, "faces_uncompared")
    assert lane.judge(view, "other").json()["code"] == "step_not_allowed"
    first_line = lane.post.officer(Role.OFFICER, post="NIA-1", login="m.first")
    while view["faces_to_compare"]:
        asked = view["faces_to_compare"][0]
        for picture in (asked["live_sha256"], asked["other_sha256"]):
            page = f"/api/referrals/{referral}/faces/{picture}"
            assert lane.officer.get(page).status_code == 200
            assert first_line.get(page).status_code == 403
        pair = {name: asked[name] for name in ("kind", "source", "reference", "live_sha256", "other_sha256")}
        answer = pair | {"judged": "other", "words_seen": asked["words_seen"]}
        assert first_line.post(f"/api/referrals/{referral}/faces", json=answer).status_code == 403
        view = good(lane.officer.post(f"/api/referrals/{referral}/faces", json=answer))
    assert {word["line"] for word in view["judgements"]} == {"second"}
    assert good(lane.officer.post(f"/api/referrals/{referral}/resolution", json=found))["state"] == "resolved"
    purposes = {purpose for action, purpose, _ in looks(lane, session) if action == "session.faces_compared"}
    assert purposes == {"second_line"}
    assert lane.officer.get(f"/api/referrals/{referral}/faces/{asked['live_sha256']}").status_code == 404


def test_the_queue_and_the_referral_say_that_a_traveller_left_without_a_decision(lane: Lane) -> None:
    view = lane.arrive(AGAIN, "HH8000008", "OUATTARA")
    good(lane.judge(view, "same"))
    good(lane.officer.delete(f"/api/sessions/{view['session_id']}"))
    [call] = [one for one in good(lane.officer.get("/api/referrals")) if one["session_id"] == view["session_id"]]
    lane.officer.headers["Accept-Language"] = "en"
    queue = lane.officer.get("/referrals").text
    assert "OUATTARA" in queue
    assert "left without a decision" in queue
    assert "The traveller left before anybody decided." in lane.officer.get(f"/referrals/{call['referral_id']}").text


def test_the_traveller_s_own_earlier_visit_asks_nothing(lane: Lane) -> None:
    lane.cross(NEIGHBOUR, "EE5000005", "DIARRA")
    view = lane.arrive(NEIGHBOUR, "EE5000005", "DIARRA")
    assert (recent_check(view)["outcome"], view["faces_to_compare"]) == ("clear", [])
    assert recent_check(view)["hits"][0]["explanations"][0]["code"] == "seen_before"


def test_a_stranger_is_like_nobody(lane: Lane) -> None:
    view = lane.arrive(STRANGER, "DD4000004", "COULIBALY")
    check = recent_check(view)
    assert (check["outcome"], check["hits"]) == ("clear", [])
    assert check["duration_ms"] < 1000
