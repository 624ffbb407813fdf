"""What the local checks say of a traveller."""

import threading
from collections.abc import Iterable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from crossing.platform.db import Database
from crossing.screening import service
from crossing.screening.combined import verdict_of
from crossing.screening.lists.service import ListService
from crossing.screening.models import WatchList
from crossing.screening.schemas import (
    CheckKind,
    CheckOutcome,
    CheckResult,
    HitDetail,
    Reason,
    Subject,
    SubjectDocument,
    SubjectName,
)
from crossing.screening.service import Screener
from crossing.screening.yente.serving import lists_of
from tests.factories.clock import StandingClock
from tests.factories.databases import sqlcipher_database
from tests.factories.screening.lists import (
    csv_of,
    document,
    list_service,
    order,
    person,
    un_alias,
    un_birth,
    un_individual,
    un_list,
)

WANTED = csv_of(
    person(birth_dates="1980-05-03", sex="M", nationalities="MLI", action="Inform the bureau", caution="Armed",
           notice_colour="red", documents="passport:MLI:PA123"),
    person("N-2", "Keita", given_names="Seydou", nationalities="MLI"),
    person("N-3", "Sow", given_names="Aminata", birth_dates="1991", expires_on="2031-02-28"),
    person("N-4", "Cissé", given_names="Fatoumata", birth_dates="1970-01-01", review_on="2031-01-01"),
    person("N-5", "Maïga", given_names="Ousmane", weak_aliases="Le Chef Noir", nationalities="MLI",
           birth_dates="1965"),
    person("N-6", "Dembélé", given_names="Seydou Amadou", birth_dates="1980-05-03", nationalities="MLI"),
)  # fmt: skip


STOLEN = csv_of(document("OB0243318", action="Keep the document"), document("X1", issuing_state=""))


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ListService]:
    """Both lists, imported once: the tests only ask."""
    database = sqlcipher_database(tmp_path_factory.mktemp("full"))
    lists = list_service(database, StandingClock())
    lists.import_list(order(WANTED))
    lists.import_list(order(STOLEN, code="stolen", format="national_documents"))
    yield lists
    database.close()


@pytest.fixture
def lists(post_database: Database, clock: StandingClock) -> ListService:
    """No list yet."""
    return list_service(post_database, clock)


@pytest.fixture
def screener(request: pytest.FixtureRequest, clock: StandingClock) -> Iterator[Screener]:
    """Over the lists of the test itself where it has some, else over both."""
    name = "lists" if "lists" in request.fixturenames else "full"
    screener = Screener(lists=request.getfixturevalue(name), clock=clock)
    yield screener
    screener.close()


def traveller(surname: str = "Diallo", given: str = "Mamadou", birth: str | None = None, **more: object) -> Subject:
    names = (SubjectName(surname=surname, given_names=given),)
    return Subject.model_validate({"names": names, "birth": birth, **more})


def of_kind(results: Iterable[CheckResult], kind: CheckKind) -> CheckResult:
    [result] = [result for result in results if result.kind is kind]
    return result


def from_list(results: Iterable[CheckResult], kind: CheckKind, source: str) -> CheckResult:
    return of_kind([result for result in results if result.source == source], kind)


def names(screener: Screener, subject: Subject) -> CheckResult:
    return of_kind(screener.local(subject), CheckKind.NAME_LIST)


def codes(hit: HitDetail) -> set[str]:
    return {reason.code for reason in hit.explanations}


class TestNames:
    def test_the_name_and_the_whole_date_of_birth_are_a_hit(self, screener: Screener) -> None:
        result = names(screener, traveller(birth="1980-05-03", nationality="MLI", sex="M"))
        assert result.outcome is CheckOutcome.HIT
        [hit] = result.hits
        assert (hit.entry_reference, hit.action, hit.caution, hit.notice_colour) == (
            "N-1",
            "Inform the bureau",
            "Armed",
            "red",
        )
        assert hit.must_verify
        assert hit.reasons()[0] == "The name is the same: Diallo Mamadou"
        assert {"birth_same", "nationality_same"} <= codes(hit)

    def test_another_spelling_and_order_is_the_same_name(self, screener: Screener) -> None:
        assert names(screener, traveller("Mohamed", "Jallow", "1980-05-03")).outcome is CheckOutcome.HIT

    @pytest.mark.parametrize(
        ("birth", "reason"),
        [
            ("1980", "birth_year_same"),
            ("1980-03-05", "birth_swapped"),
            ("1980-01-01", "birth_placeholder"),
            ("1981", "birth_near"),
        ],
    )
    def test_a_date_that_may_be_the_same_is_possible(self, screener: Screener, birth: str, reason: str) -> None:
        result = names(screener, traveller(birth=birth))
        assert result.outcome is CheckOutcome.POSSIBLE
        assert reason in codes(result.hits[0])

    @pytest.mark.parametrize("year", ["1978", "1979", "1980", "1981", "1982"])
    def test_a_year_that_the_traveller_calls_approximate_may_be_two_years_off(
        self, screener: Screener, year: str
    ) -> None:
        about = traveller("Dembele", "Seydou Amadou", year, nationality="MLI", birth_approximate=True)
        assert names(screener, about).outcome is CheckOutcome.POSSIBLE

    def test_three_years_off_are_another_birth_and_so_are_two_where_the_year_is_sure(
        self, screener: Screener
    ) -> None:
        about = traveller("Dembele", "Seydou Amadou", "1983", nationality="MLI", birth_approximate=True)
        assert names(screener, about).outcome is CheckOutcome.CLEAR
        sure = traveller("Dembele", "Seydou Amadou", "1982", nationality="MLI")
        assert names(screener, sure).outcome is CheckOutcome.CLEAR

    def test_one_part_of_a_whole_date_is_forgiven_a_long_name_of_the_same_nation_only(
        self, screener: Screener
    ) -> None:
        assert names(screener, traveller(birth="1980-05-04", nationality="MLI")).outcome is CheckOutcome.CLEAR
        long_name = traveller("Ag Dembele", "Seydou Amadou", "1980-05-04", nationality="MLI")
        assert names(screener, long_name).outcome is CheckOutcome.POSSIBLE
        elsewhere = long_name.model_copy(update={"nationality": "NER"})
        assert names(screener, elsewhere).outcome is CheckOutcome.CLEAR

    def test_a_name_alone_never_alerts(self, screener: Screener) -> None:
        assert names(screener, traveller()).outcome is CheckOutcome.CLEAR
        assert names(screener, traveller("Keita", "Seydou")).outcome is CheckOutcome.CLEAR

    def test_another_date_of_birth_is_another_person(self, screener: Screener) -> None:
        assert names(screener, traveller(birth="1992-07-19", nationality="MLI")).outcome is CheckOutcome.CLEAR

    def test_the_nationality_speaks_where_no_date_can(self, screener: Screener) -> None:
        assert (
            names(screener, traveller("Keita", "Seydou", "1980-05-03", nationality="MLI")).outcome
            is CheckOutcome.POSSIBLE
        )
        assert (
            names(screener, traveller("Keita", "Seydou", "1980-05-03", nationality="NER")).outcome
            is CheckOutcome.CLEAR
        )

    def test_a_weak_alias_needs_a_date_of_birth(self, screener: Screener) -> None:
        assert names(screener, traveller("Noir", "Le Chef", nationality="MLI")).outcome is CheckOutcome.CLEAR
        result = names(screener, traveller("Noir", "Le Chef", "1965"))
        assert result.outcome is CheckOutcome.POSSIBLE
        assert "weak_alias" in codes(result.hits[0])

    def test_another_sex_makes_a_hit_a_possibility(self, screener: Screener) -> None:
        result = names(screener, traveller(birth="1980-05-03", sex="F"))
        assert result.outcome is CheckOutcome.POSSIBLE
        assert "sex_differs" in codes(result.hits[0])

    def test_an_entry_counts_until_it_expires(self, screener: Screener, clock: StandingClock) -> None:
        aminata = traveller("Sow", "Aminata", "1991")
        assert names(screener, aminata).outcome is CheckOutcome.CLEAR
        clock.advance(days=-1)
        assert names(screener, aminata).outcome is CheckOutcome.POSSIBLE

    def test_an_overdue_review_is_said(self, screener: Screener) -> None:
        result = names(screener, traveller("Cisse", "Fatoumata", "1970"))
        assert "review_overdue" in codes(result.hits[0])

    def test_every_spelling_of_the_traveller_is_asked(self, screener: Screener) -> None:
        spellings = (SubjectName(surname="X", given_names="Y"), SubjectName(surname="Diallo", given_names="Mamadou"))
        subject = Subject.model_validate({"names": spellings, "birth": "1980-05-03"})
        assert names(screener, subject).outcome is CheckOutcome.HIT

    def test_the_result_says_which_list_of_which_version_and_date(self, screener: Screener) -> None:
        result = names(screener, traveller())
        assert (result.source, result.source_name, result.source_version) == ("national", "The national list", "1")
        assert result.source_as_of is not None
        assert (result.engine, result.engine_version) == (service.ENGINE, service.ENGINE_VERSION)
        assert result.duration_ms > 0


class TestDocuments:
    def ask(self, screener: Screener, number: str, issuer: str = "MLI", kind: str = "P") -> CheckResult:
        subject = Subject(document=SubjectDocument(number=number, issuer=issuer, type=kind))
        return from_list(screener.local(subject), CheckKind.DOCUMENT_LIST, "stolen")

    def test_a_listed_document_is_a_hit(self, screener: Screener) -> None:
        result = self.ask(screener, "OB0243318")
        assert result.outcome is CheckOutcome.HIT
        assert result.hits[0].action == "Keep the document"
        assert "Why the document is listed: stolen" in result.hits[0].reasons()

    @pytest.mark.parametrize(
        ("number", "issuer", "kind"), [("0B0243318", "MLI", "P"), ("OB0243318", "MLI", "I"), ("X1", "MLI", "P")]
    )
    def test_a_twin_another_kind_or_an_unknown_state_is_possible(
        self, screener: Screener, number: str, issuer: str, kind: str
    ) -> None:
        assert self.ask(screener, number, issuer, kind).outcome is CheckOutcome.POSSIBLE

    @pytest.mark.parametrize(("number", "issuer"), [("OB0243318", "NER"), ("OB0243319", "MLI")])
    def test_another_document_is_clear(self, screener: Screener, number: str, issuer: str) -> None:
        assert self.ask(screener, number, issuer).outcome is CheckOutcome.CLEAR

    def test_the_document_of_a_listed_person_names_the_person(self, screener: Screener) -> None:
        subject = Subject(document=SubjectDocument(number="PA 123", issuer="MLI"))
        results = [one for one in screener.local(subject) if one.kind is CheckKind.DOCUMENT_LIST and one.alerts]
        assert [(one.source, one.hits[0].label) for one in results] == [("national", "Diallo Mamadou")]


class TestNotChecked:
    def test_no_list(self, screener: Screener, lists: ListService) -> None:
        assert lists.current() == ()
        results = screener.local(traveller(document={"number": "A1", "issuer": "MLI"}))
        assert {(one.kind, one.outcome, one.reason) for one in results} == {
            (kind, CheckOutcome.NOT_CHECKED, Reason.NO_LIST)
            for kind in (CheckKind.DOCUMENT_LIST, CheckKind.NAME_LIST, CheckKind.FACE_LIST)
        }

    def test_nothing_to_ask_with(self, screener: Screener, lists: ListService) -> None:
        lists.import_list(order(WANTED))
        results = screener.local(Subject())
        assert of_kind(results, CheckKind.NAME_LIST).reason is Reason.NO_NAME
        assert of_kind(results, CheckKind.DOCUMENT_LIST).reason is Reason.NO_DOCUMENT

    def test_an_old_list_finds_but_never_clears(
        self, screener: Screener, lists: ListService, clock: StandingClock
    ) -> None:
        lists.import_list(order(WANTED))
        clock.advance(days=40)
        found = names(screener, traveller(birth="1980-05-03"))
        assert found.outcome is CheckOutcome.HIT
        assert "The list is 49 days old; it counts for 30 days." in found.hits[0].reasons()
        unfound = names(screener, traveller("Nobody", "Here", "1980-05-03"))
        assert (unfound.outcome, unfound.reason) == (CheckOutcome.NOT_CHECKED, Reason.LIST_EXPIRED)

    def test_a_broken_index_is_said_and_stops_nothing_else(
        self, screener: Screener, lists: ListService, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lists.import_list(order(WANTED))
        monkeypatch.setattr(lists.current()[0].names, "_parts", None)
        results = screener.local(traveller(document={"number": "PA123", "issuer": "MLI"}))
        assert of_kind(results, CheckKind.NAME_LIST).reason is Reason.ENGINE_FAILED
        assert of_kind(results, CheckKind.DOCUMENT_LIST).outcome is CheckOutcome.HIT

    def test_a_check_that_takes_too_long_is_left_behind(
        self, lists: ListService, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lists.import_list(order(WANTED))
        screener, released = Screener(lists=lists, clock=clock, timeout_s=0.2), threading.Event()

        def never(*_: object) -> Iterable[None]:
            released.wait(60)
            return ()

        monkeypatch.setattr(service, "_search_names", never)
        try:
            result = names(screener, traveller())
            assert (result.reason, result.source) == (Reason.TIMEOUT, "national")
        finally:
            released.set()
            screener.close()


def test_what_no_list_can_be_asked_with_is_not_checked_and_never_clear(screener: Screener) -> None:
    subject = traveller("---", "123", document={"number": "<<<"}, vehicle={"plate": "---"})
    results = screener.local(subject)
    assert of_kind(results, CheckKind.NAME_LIST).reason is Reason.NAME_UNREADABLE
    assert of_kind(results, CheckKind.DOCUMENT_LIST).reason is Reason.NUMBER_UNREADABLE
    light = next(one for one in verdict_of(results).lights if one.kind is CheckKind.NAME_LIST)
    assert (light.outcome, light.needed) == (CheckOutcome.NOT_CHECKED, True)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [({"format": "of_a_later_version"}, Reason.LIST_FORMAT_UNKNOWN), ({"serving": None}, Reason.LIST_NOT_LOADED)],
)
def test_a_list_that_cannot_be_asked_says_so_beside_those_that_can(
    screener: Screener,
    lists: ListService,
    post_database: Database,
    clock: StandingClock,
    changed: dict[str, object],
    reason: Reason,
) -> None:
    lists.import_list(order(WANTED))
    lists.import_list(order(csv_of(person(surname="Sow")), code="other"))
    with post_database.engine.begin() as connection:
        connection.execute(sa.update(WatchList).where(WatchList.code == "national").values(changed))
    lists.load()
    results = screener.local(traveller(birth="1980-05-03"))
    silent = from_list(results, CheckKind.NAME_LIST, "national")
    assert (silent.outcome, silent.reason) == (CheckOutcome.NOT_CHECKED, reason)
    assert from_list(results, CheckKind.NAME_LIST, "other").outcome is CheckOutcome.CLEAR
    light = next(one for one in verdict_of(results).lights if one.kind is CheckKind.NAME_LIST)
    assert (light.outcome, light.reason) == (CheckOutcome.NOT_CHECKED, reason)
    assert lists_of("default", lists.current(), clock.now(), lists.unasked()).not_believed == ("national",)


def test_every_list_answers_for_itself(screener: Screener, lists: ListService) -> None:
    lists.import_list(order(WANTED))
    sanctioned = un_individual(
        "CDi.001", "MAMADOU", "DJALO", un_birth(TYPE_OF_DATE="EXACT", YEAR="1980") + un_alias("X")
    )
    lists.import_list(order(un_list(sanctioned), code="un", format="un_xml", as_of=None))
    results = [one for one in screener.local(traveller(birth="1980-05-03")) if one.kind is CheckKind.NAME_LIST]
    assert [(one.source, one.outcome) for one in results] == [
        ("national", CheckOutcome.HIT),
        ("un", CheckOutcome.POSSIBLE),
    ]


def test_results_of_other_engines_are_passed_on(screener: Screener, clock: StandingClock) -> None:
    match = CheckResult(
        kind=CheckKind.FACE_MATCH, outcome=CheckOutcome.CLEAR, performed_at=clock.now() - timedelta(seconds=1)
    )
    assert screener.local(Subject(), also=[match])[-1] is match
