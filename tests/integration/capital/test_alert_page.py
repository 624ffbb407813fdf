"""The page of the capital's alerts: who it is about, on whom, and what the officer at the desk said."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from crossing.capital.models import Alert
from crossing.capital.schemas import AlertedTraveller, AlertKind
from crossing.capital.service import AlertAppliers
from crossing.decisions.schemas import Finding, LookedForWord
from crossing.identity.roles import Role
from crossing.platform.db import Database
from crossing.platform.ids import new_id
from crossing.screening.schemas import CheckKind, CheckOutcome, CheckResult, Explanation, HitDetail
from tests.factories.clock import StandingClock
from tests.factories.databases import postgres_database
from tests.factories.movements import AMINATA, NOW, PASSPORT, check
from tests.factories.services import CapitalService, running_capital
from tests.factories.watchlist_services import examples
from tests.integration.capital.test_ahead import resolved

SAME = Explanation(code="faces_same", params={"by": "a.traore"})
LISTED = HitDetail(list_name="Missing", entry_reference="M-7", label="Kadi Soumare", score=0.6)
STOLEN = check(CheckKind.INTERPOL_SLTD, CheckOutcome.HIT, source="interpol")


@pytest.fixture(scope="module")
def analyst(tmp_path_factory: pytest.TempPathFactory, postgres_server: str) -> Iterator[httpx.Client]:
    folder: Path = tmp_path_factory.mktemp("capital")
    services = folder / "services.toml"
    services.write_text("\n".join(examples()), encoding="utf-8")
    with (
        postgres_database(postgres_server) as database,
        running_capital(folder / "data", database, services_file=services) as capital,
    ):
        raise_alerts(capital.database)
        confirm(capital.database)
        yield signed_in(capital)


def signed_in(capital: CapitalService) -> httpx.Client:
    return capital.officer(Role.ANALYST, login="an.alyst")


def raise_alerts(database: Database) -> None:
    face = check(CheckKind.FACE_LIST, CheckOutcome.POSSIBLE, source="missing")
    recognised = face.model_copy(update={"hits": (LISTED.model_copy(update={"explanations": (SAME,)}),)})
    who = AlertedTraveller(person=AMINATA, document=PASSPORT)
    with database.unit_of_work() as session:
        session.add(alert(AlertKind.LEFT_UNDECIDED, recognised, traveller=who.model_dump(mode="json")))
        session.add(alert(AlertKind.LATE_HIT, STOLEN))
        session.add(alert(AlertKind.LATE_HIT, asked("wapis", "WAPIS national")))
        session.add(alert(AlertKind.LATE_HIT, asked("another", "Fichier voisin")))


def asked(code: str, name: str) -> CheckResult:
    """What a watchlist service answered, as a post keeps it: with its code, and its name in French."""
    hit = HitDetail(list_name=name, entry_reference=f"{code}-1", label="Kadi Soumare", score=0.9)
    found = check(CheckKind.WATCHLIST_SERVICE, CheckOutcome.HIT, source=code)
    return found.model_copy(update={"source_name": name, "hits": (hit,)})


def alert(kind: AlertKind, *checks: CheckResult, **more: Any) -> Alert:
    return Alert(
        alert_id=new_id(), kind=kind, post="NIA-1", lane="1", session_id=new_id(), raised_at=NOW,
        received_at=datetime.now(UTC), checks=[one.model_dump(mode="json") for one in checks], **more,
    )  # fmt: skip


def confirm(database: Database) -> None:
    """A traveller whom the posts look for was met at a lane, where another of them was a namesake."""
    hits = tuple(
        HitDetail(list_name="Ahead", entry_reference=str(new_id()), label=label, score=0.9)
        for label in ("Kadi Met", "Kadi Namesake")
    )
    found = check(CheckKind.NAME_LIST, CheckOutcome.HIT, source="ahead").model_copy(update={"hits": hits})
    event = resolved(
        new_id(), Finding.CONFIRMED, found,
        looked_for=(
            LookedForWord(hit_id=hits[0].hit_id, finding=Finding.CONFIRMED),
            LookedForWord(hit_id=hits[1].hit_id, finding=Finding.NOT_THE_PERSON),
        ),
    )  # fmt: skip
    with database.unit_of_work() as session:
        AlertAppliers(StandingClock(datetime.now(UTC))).referral_resolved(session, event)


def test_it_says_of_each_who_is_looked_for_what_the_second_line_found(analyst: httpx.Client) -> None:
    page = analyst.get("/alerts", headers={"Accept-Language": "en"}).text
    of_namesake = page[page.index("Kadi Namesake") :]
    of_met = page[page.index("Kadi Met") : page.index("Kadi Namesake")]
    assert "<strong>Confirmed</strong>" in of_met
    assert "<strong>Not this person or document</strong>" in of_namesake[: of_namesake.index("</section>")]


def test_it_says_who_on_whom_and_why(analyst: httpx.Client) -> None:
    page = analyst.get("/alerts", headers={"Accept-Language": "en"}).text
    for told in (AMINATA.given_names, PASSPORT.number, "Kadi Soumare", "M-7", "Same person", "a.traore"):
        assert told in page
    assert page.count("Left without a decision: there is no movement.") == 1
    assert page.count("The movement has not arrived yet.") == 4
    assert "Left without a decision, with a hit" in page


@pytest.mark.parametrize(
    ("locale", "name"), [("fr", "WAPIS national"), ("en", "National WAPIS"), ("ar", "وابيس الوطني")]
)
def test_a_service_is_called_as_the_reader_calls_it_and_one_that_is_not_described_as_the_post_did(
    analyst: httpx.Client, locale: str, name: str
) -> None:
    page = analyst.get("/alerts", headers={"Accept-Language": locale}).text
    assert name in page
    assert locale == "fr" or "WAPIS national" not in page
    assert "Fichier voisin" in page
