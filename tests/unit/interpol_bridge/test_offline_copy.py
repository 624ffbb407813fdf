"""What an offline copy answers, beside the simulator's own matching, and what it never answers."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossing.ports.bridge import Database, FraudType, NotCheckedReason, NoticeColour
from crossing.screening.lists.formats import FORMATS
from crossing.screening.names.births import Precision
from interpol_bridge.backends.base import NotAnswered, Record
from interpol_bridge.backends.offline_copy import (
    CopyRefused,
    MakingKey,
    OpenCopy,
    Order,
    make_copy,
    make_delta,
    take_up,
)
from interpol_bridge.backends.offline_copy.errors import (
    CopyDamaged,
    CopyDoesNotFollow,
    CopyForeign,
    CopyKeyWrong,
    CopyMissing,
    CopyUntrusted,
    SourceRefused,
)
from interpol_bridge.backends.offline_copy.manifest import NAME, as_of_day
from interpol_bridge.questions import KIND_OF_QUERY, Question
from interpol_bridge.simulator.matching import find
from interpol_bridge.simulator.scenario import Scenario, read_scenario
from tests.factories.offline_copies import AS_OF, NOW, copy_of, sources_of

TODAY = date(2026, 11, 20)
WHO_ASKS = {"request_id": str(uuid4()), "officer": "o", "post": "KOR-01", "purpose": "p", "legal_basis": "l"}
KEY = MakingKey.new()
READING = KEY.reading


def question(database: Database, **asked: str) -> Question:
    return Question(database, KIND_OF_QUERY[database].model_validate({**WHO_ASKS, **asked}))


def records(copy: OpenCopy, database: Database, **asked: str) -> tuple[Record, ...]:
    return copy.ask(question(database, **asked), TODAY)


def matches(copy: OpenCopy, database: Database, **asked: str) -> list[str]:
    return [record.match_type for record in records(copy, database, **asked)]


def scenario(**tables: list[dict[str, str]]) -> Scenario:
    return Scenario.model_validate(tables)


def documents(*numbers: str, reason: str = "stolen") -> Scenario:
    return scenario(sltd=[{"document_number": one, "issuing_state": "UTO", "fraud_type": reason} for one in numbers])


@pytest.fixture(scope="module")
def utopia(tmp_path_factory: pytest.TempPathFactory) -> OpenCopy:
    """A copy of the records that come with the simulator."""
    folder = copy_of(read_scenario(), tmp_path_factory.mktemp("utopia") / "copy", KEY)
    return OpenCopy.open(folder, READING)


class TestDocuments:
    def test_the_very_number_is_exact_with_its_fraud_type_and_year(self, utopia: OpenCopy) -> None:
        [record] = records(utopia, Database.SLTD, document_number="l 898902-C3", issuing_state="UTO")
        assert (record.match_type, record.score, record.fraud_type) == ("exact", 1.0, FraudType.STOLEN)
        assert record.owner_bureau == "NCB UTO"
        assert record.fields["reported_on"] == "2025"

    def test_a_reference_outlives_the_answer_and_so_tells_no_number(self, utopia: OpenCopy, tmp_path: Path) -> None:
        copies = [utopia, OpenCopy.open(copy_of(read_scenario(), tmp_path / "later", KEY), READING)]
        asked: tuple[tuple[Database, dict[str, str]], ...] = (
            (Database.SLTD, {"document_number": "l 898902-C3", "issuing_state": "UTO"}),
            (Database.SLTD, {"document_number": "L8989O2C3", "issuing_state": "UTO"}),
            (Database.TDAWN, {"document_number": "X70O41128", "issuing_state": "UTO"}),
            (Database.SMV, {"vin": "1M8GDM9AXKP042788"}),
            (Database.SMV, {"plate": "UT 4471 KB", "plate_country": "UTO"}),
        )
        found = [[records(copy, database, **query)[0] for database, query in asked] for copy in copies]
        references = [record.record_reference for record in found[0]]
        assert references == [record.record_reference for record in found[1]]
        assert references[0] == references[1]
        assert len(set(references)) == len(asked) - 1
        for record in found[0]:
            assert re.fullmatch(r"[A-Z]+(:[A-Z]*){1,2}:[0-9a-f]{16}", record.record_reference)
            numbers = {record.fields.get(name) for name in ("document_number", "vin", "plate")} - {None}
            assert numbers
            assert not any(str(number) in record.record_reference for number in numbers)

    def test_a_twin_names_the_listed_number(self, utopia: OpenCopy) -> None:
        [record] = records(utopia, Database.TDAWN, document_number="X70041I28", issuing_state="UTO")
        assert (record.match_type, record.notice_colour) == ("twin", NoticeColour.RED)
        assert record.fields["document_number"] == "X70O41128"

    def test_another_state_another_number_and_a_weaker_confusion_are_no_hit(self, utopia: OpenCopy) -> None:
        assert not matches(utopia, Database.SLTD, document_number="L898902C3", issuing_state="FRA")
        assert not matches(utopia, Database.SLTD, document_number="L898902C4", issuing_state="UTO")
        assert not matches(utopia, Database.SLTD, document_number="LB98902C3", issuing_state="UTO")

    def test_another_kind_of_document_is_told(self, utopia: OpenCopy) -> None:
        [record] = records(utopia, Database.SLTD, document_number="L898902C3", issuing_state="UTO", document_type="I")
        assert record.match_type == "exact"
        assert "document type differs" in record.explanations

    def test_states_of_several_codes_are_one(self, tmp_path: Path) -> None:
        listed = scenario(sltd=[{"document_number": "C01X", "issuing_state": "DEU", "fraud_type": "lost"}])
        copy = OpenCopy.open(copy_of(listed, tmp_path / "copy", KEY), READING)
        assert matches(copy, Database.SLTD, document_number="C01X", issuing_state="D") == ["exact"]

    def test_a_range_of_blanks_and_a_state_that_is_not_on_record(self, tmp_path: Path) -> None:
        source = tmp_path / "sltd.csv"
        source.write_text(
            "number,issuing_state,type,reason,number_to\nAA0100,UTO,P,Stolen Blank,AA0199\nZZ9,,P,lost,\n"
        )
        make_copy(Order(as_of=AS_OF, sltd=source), tmp_path / "copy", KEY, NOW, print)
        copy = OpenCopy.open(tmp_path / "copy", READING)
        [inside] = records(copy, Database.SLTD, document_number="AA0142", issuing_state="UTO")
        assert (inside.match_type, inside.fraud_type) == ("exact", FraudType.STOLEN_BLANK)
        assert inside.explanations[-1] == "in the listed range AA0100 to AA0199"
        assert not matches(copy, Database.SLTD, document_number="AA0200", issuing_state="UTO")
        [of_any] = records(copy, Database.SLTD, document_number="ZZ9", issuing_state="UTO")
        assert (of_any.match_type, of_any.explanations) == (
            "fuzzy",
            ("document number equal", "issuing State not on record"),
        )

    @settings(max_examples=15, deadline=None)
    @given(
        listed=st.lists(st.text("AOI01", min_size=1, max_size=4), min_size=1, max_size=12),
        asked=st.lists(st.text("AOI01", min_size=1, max_size=4), min_size=1, max_size=12),
    )
    def test_it_finds_what_the_simulator_finds(
        self, tmp_path_factory: pytest.TempPathFactory, listed: list[str], asked: list[str]
    ) -> None:
        held = documents(*dict.fromkeys(listed))
        copy = OpenCopy.open(copy_of(held, tmp_path_factory.mktemp("any") / "copy", KEY), READING)
        for number in asked:
            one = question(Database.SLTD, document_number=number, issuing_state="UTO")
            assert sorted(record.match_type for record in copy.ask(one, TODAY)) == sorted(
                record.match_type for record in find(held, one)
            )


class TestVehicles:
    def test_by_vin_and_by_plate_of_its_country(self, utopia: OpenCopy) -> None:
        [by_vin] = records(utopia, Database.SMV, vin="1M8GDM9AXKP042788")
        assert (by_vin.match_type, by_vin.fields["make"]) == ("exact", "Toyota")
        assert matches(utopia, Database.SMV, plate="UT-4471-KB", plate_country="UTO") == ["exact"]
        assert matches(utopia, Database.SMV, vin="IM8GDM9AXKP042788") == ["twin"]
        assert not matches(utopia, Database.SMV, plate="UT 4471 KB", plate_country="FRA")

    def test_a_plate_is_no_vin(self, utopia: OpenCopy) -> None:
        assert not matches(utopia, Database.SMV, vin="UT4471KB")


class TestPersons:
    def test_a_name_with_its_whole_date_is_exact(self, utopia: OpenCopy) -> None:
        [record] = records(
            utopia, Database.NOMINALS, family_name="BRANDT", forenames="ILSE MARTA", birth_date="1968-04-21"
        )
        assert (record.match_type, record.notice_colour) == ("exact", NoticeColour.RED)
        assert record.owner_bureau == "NCB Utopia"
        assert record.caution == "May carry another person's document."
        assert record.fields["charges"] == "Fraud"
        assert record.explanations

    def test_an_alias_and_a_date_of_which_less_is_known_are_possible(self, utopia: OpenCopy) -> None:
        assert matches(
            utopia, Database.NOMINALS, family_name="Brant", forenames="Ilse", birth_date="1968", nationality="UTO"
        ) == ["fuzzy"]
        assert matches(
            utopia, Database.NOMINALS, family_name="Okonjo", forenames="Tunde", birth_date="2009-05-06", sex="M"
        ) == ["fuzzy"]

    def test_another_date_or_another_name_is_no_hit(self, utopia: OpenCopy) -> None:
        assert not matches(
            utopia, Database.NOMINALS, family_name="Brandt", forenames="Ilse Marta", birth_date="1991-09-02"
        )
        assert not matches(
            utopia, Database.NOMINALS, family_name="Keita", forenames="Moussa", birth_date="1968-04-21"
        )

    def test_a_name_alone_is_possible_at_most(self, utopia: OpenCopy) -> None:
        assert matches(utopia, Database.NOMINALS, family_name="Brandt", forenames="Ilse Marta") == ["fuzzy"]
        assert not matches(utopia, Database.NOMINALS, family_name="Keita", forenames="Moussa")

    def test_a_name_without_a_letter_is_no_no_hit(self, utopia: OpenCopy) -> None:
        with pytest.raises(NotAnswered) as refused:
            records(utopia, Database.NOMINALS, family_name="<<<", birth_date="1968-04-21")
        assert refused.value.reason is NotCheckedReason.UNSUPPORTED

    def test_notices_of_several_files_are_one_list(self, tmp_path: Path) -> None:
        def page(*notices: dict[str, object]) -> str:
            return json.dumps({"total": str(len(notices)), "_embedded": {"notices": list(notices)}})

        found: dict[str, object] = {
            "entity_id": "2024/77",
            "name": "VALDES",
            "forename": "TOMASA",
            "date_of_birth": "1971/03/09",
            "_links": {"self": {"href": "https://example.org/notices/v1/red/2024-77"}},
        }
        first, second = tmp_path / "one.json", tmp_path / "two.json"
        first.write_text(page(found))
        second.write_text(json.dumps(found | {"nationalities": ["UTO"], "sex_id": "F"}))
        order = Order(as_of=AS_OF, persons=(("interpol_notices", first), ("interpol_notices", second)))
        make_copy(order, tmp_path / "copy", KEY, NOW, print)
        copy = OpenCopy.open(tmp_path / "copy", READING)
        [record] = records(copy, Database.NOMINALS, family_name="Valdes", forenames="Tomasa", birth_date="1971-03-09")
        assert (record.record_reference, record.notice_colour) == ("2024/77", NoticeColour.RED)
        assert record.fields["nationality"] == "UTO"

    def test_a_reference_that_is_the_number_of_the_own_passport_is_hashed(self, tmp_path: Path) -> None:
        source = tmp_path / "persons.csv"
        source.write_text(
            "reference,surname,given_names,birth_dates,document_number,document_state\n"
            "X70-4412,Valdes,Tomasa,1971-03-09,X704412,UTO\nP-1,Keita,Moussa,1980-01-01,X9,UTO\n"
        )
        make_copy(Order(as_of=AS_OF, persons=(("national_persons", source),)), tmp_path / "copy", KEY, NOW, print)
        copy = OpenCopy.open(tmp_path / "copy", READING)
        [hashed] = records(copy, Database.NOMINALS, family_name="Valdes", forenames="Tomasa", birth_date="1971-03-09")
        [named] = records(copy, Database.NOMINALS, family_name="Keita", forenames="Moussa", birth_date="1980-01-01")
        assert re.fullmatch("national_persons:[0-9a-f]{16}", hashed.record_reference)
        assert named.record_reference == "national_persons:P-1"

    def test_an_entry_that_has_ended_is_told_no_more(self, tmp_path: Path) -> None:
        source = tmp_path / "persons.csv"
        source.write_text(
            "reference,surname,given_names,birth_dates,expires_on\none,Valdes,Tomasa,1971-03-09,2026-11-20\n"
        )
        make_copy(Order(as_of=AS_OF, persons=(("national_persons", source),)), tmp_path / "copy", KEY, NOW, print)
        copy = OpenCopy.open(tmp_path / "copy", READING)
        asked = question(Database.NOMINALS, family_name="Valdes", forenames="Tomasa", birth_date="1971-03-09")
        assert copy.ask(asked, TODAY)
        assert not copy.ask(asked, TODAY + timedelta(days=1))


class TestWhatIsNotAnswered:
    def test_a_database_that_the_copy_lacks(self, tmp_path: Path) -> None:
        copy = OpenCopy.open(copy_of(documents("A1"), tmp_path / "copy", KEY), READING)
        for one in (
            question(Database.TDAWN, document_number="A1", issuing_state="UTO"),
            question(Database.SMV, vin="1M8GDM9AXKP042788"),
            question(Database.NOMINALS, family_name="Brandt"),
        ):
            with pytest.raises(NotAnswered) as refused:
                copy.ask(one, TODAY)
            assert refused.value.reason is NotCheckedReason.UNSUPPORTED

    def test_a_set_that_is_damaged_after_it_was_opened(self, tmp_path: Path) -> None:
        folder = copy_of(documents("A1", "A2"), tmp_path / "copy", KEY)
        copy = OpenCopy.open(folder, READING)
        [path] = folder.glob("sltd-*")
        content = bytearray(path.read_bytes())
        content[14] ^= 1
        with path.open("r+b") as file:
            file.write(content)
        answers: set[NotCheckedReason | None] = set()
        for number in ("A1", "A2"):
            try:
                copy.ask(question(Database.SLTD, document_number=number, issuing_state="UTO"), TODAY)
            except NotAnswered as refused:
                answers.add(refused.reason)
            else:
                answers.add(None)
        assert NotCheckedReason.BACKEND_ERROR in answers
        with pytest.raises(CopyDamaged):
            copy.verify()


class TestTrust:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return copy_of(read_scenario(), tmp_path / "copy", KEY)

    def test_of_another_maker(self, folder: Path) -> None:
        with pytest.raises(CopyUntrusted):
            OpenCopy.open(folder, MakingKey(MakingKey.new().private, KEY.content).reading)

    def test_with_another_content_secret(self, folder: Path) -> None:
        with pytest.raises(CopyKeyWrong):
            OpenCopy.open(folder, MakingKey(KEY.private, MakingKey.new().content).reading)

    def test_an_altered_manifest(self, folder: Path) -> None:
        said = json.loads((folder / NAME).read_text())
        said["manifest"] = said["manifest"].replace("2026-11-20", "2026-11-21", 1)
        (folder / NAME).write_text(json.dumps(said))
        with pytest.raises(CopyUntrusted):
            OpenCopy.open(folder, READING)

    def test_no_manifest_or_none_that_can_be_read(self, folder: Path) -> None:
        for content in ("", "{}", "[]", '{"manifest": 1, "signature": "00"}', '{"manifest": "", "signature": "x"}'):
            (folder / NAME).write_text(content)
            with pytest.raises(CopyForeign):
                OpenCopy.open(folder, READING)
        (folder / NAME).unlink()
        with pytest.raises(CopyMissing):
            OpenCopy.open(folder, READING)

    @settings(max_examples=60, deadline=None)
    @given(data=st.data())
    def test_any_byte_that_differs_is_noticed(
        self, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory, utopia: OpenCopy
    ) -> None:
        assert utopia
        folder = tmp_path_factory.getbasetemp() / "flipped"
        if not folder.exists():
            copy_of(read_scenario(), folder, KEY)
        path = data.draw(st.sampled_from(sorted(folder.glob("*-*"))))
        content = path.read_bytes()
        place = data.draw(st.integers(0, len(content) - 1))
        changed = bytes([content[place] ^ data.draw(st.integers(1, 255))])
        path.write_bytes(content[:place] + changed + content[place + 1 :])
        try:
            with pytest.raises(CopyDamaged):
                OpenCopy.open(folder, READING).verify()
        finally:
            path.write_bytes(content)

    def test_a_file_that_is_missing_cut_or_another_ones(self, folder: Path) -> None:
        for path in sorted(folder.glob("*-*")):
            content = path.read_bytes()
            path.write_bytes(content[:-1])
            with pytest.raises(CopyDamaged):
                OpenCopy.open(folder, READING)
            path.unlink()
            with pytest.raises(CopyDamaged, match="missing"):
                OpenCopy.open(folder, READING)
            path.write_bytes(content)

    def test_nothing_of_a_person_is_in_the_clear(self, folder: Path) -> None:
        everything = b"".join(path.read_bytes() for path in folder.iterdir())
        for word in (b"Brandt", b"brandt", b"L898902C3", b"1M8GDM9AXKP042788"):
            assert word not in everything


ORDERS: dict[str, Callable[[Path], Order]] = {
    "sltd": lambda source: Order(as_of=AS_OF, sltd=source),
    "smv": lambda source: Order(as_of=AS_OF, smv=source),
}


class TestMaking:
    def test_rows_that_cannot_be_used_are_refused_unless_so_many_are_allowed(self, tmp_path: Path) -> None:
        source = tmp_path / "sltd.csv"
        source.write_text("number,issuing_state,type,reason\nA1,UTO,P,lost\n--,UTO,P,lost\n")
        told: list[str] = []
        with pytest.raises(SourceRefused, match="1 rows"):
            make_copy(Order(as_of=AS_OF, sltd=source), tmp_path / "copy", KEY, NOW, told.append)
        assert told == ["sltd.csv: number_missing in 1 rows, first in line 3"]
        assert not list((tmp_path / "copy").glob("*.json"))
        make_copy(Order(as_of=AS_OF, sltd=source, most_skipped=1), tmp_path / "copy", KEY, NOW, told.append)
        assert OpenCopy.open(tmp_path / "copy", READING).manifest.databases[Database.SLTD].records == 1

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("sltd", "number;state\nA1;UTO\n"),
            ("smv", "vin,plate\nA,B\n"),
            ("smv", "vin,plate,plate_country,make\n" + "x" * 70_000),
            ("smv", "\xff\xfe"),
        ],
    )
    def test_a_file_of_another_kind_is_refused(self, tmp_path: Path, name: str, content: str) -> None:
        source = tmp_path / "file.csv"
        source.write_text(content, encoding="latin-1")
        with pytest.raises(SourceRefused):
            make_copy(ORDERS[name](source), tmp_path / "copy", KEY, NOW, print)

    def test_a_list_of_another_format_a_date_ahead_and_no_file_at_all(self, tmp_path: Path) -> None:
        source = tmp_path / "list.xml"
        source.write_text("<other/>")
        for order in (
            Order(as_of=AS_OF, persons=(("un_xml", source),)),
            Order(as_of=AS_OF, persons=(("none", source),)),
            Order(as_of=NOW + timedelta(days=1), sltd=source),
            Order(as_of=AS_OF),
        ):
            with pytest.raises(SourceRefused):
                make_copy(order, tmp_path / "copy", KEY, NOW, print)

    def test_a_date_is_its_first_moment_and_a_time_needs_its_zone(self) -> None:
        assert as_of_day("2026-11-20") == datetime(2026, 11, 20, tzinfo=UTC)
        assert as_of_day("2026-11-20T06:00+01:00") == datetime(2026, 11, 20, 5, tzinfo=UTC)
        for text in ("2026-11-20T06:00", "yesterday", "2026-13-01"):
            with pytest.raises(ValueError, match=r"."):
                as_of_day(text)

    def test_the_same_persons_make_the_same_file(self, tmp_path: Path) -> None:
        first, second = (copy_of(read_scenario(), tmp_path / name, KEY) for name in ("one", "two"))
        assert [path.name for path in sorted(first.glob("nominals-*"))] == [
            path.name for path in sorted(second.glob("nominals-*"))
        ]


class TestDeltas:
    OLD = documents("A1", "B2", "C3")
    NEW = documents("A1", "C3", "D4")
    LATER = AS_OF + timedelta(hours=6)

    @pytest.fixture
    def delta(self, tmp_path: Path) -> Path:
        old = copy_of(self.OLD, tmp_path / "old", KEY)
        new = copy_of(self.NEW, tmp_path / "new", KEY, as_of=self.LATER)
        make_delta(old, new, tmp_path / "delta", KEY, NOW)
        return tmp_path / "delta"

    def listed(self, copy: OpenCopy) -> list[str]:
        return [
            number
            for number in ("A1", "B2", "C3", "D4")
            if matches(copy, Database.SLTD, document_number=number, issuing_state="UTO")
        ]

    def test_a_delta_makes_the_new_copy_of_the_old_one(self, tmp_path: Path, delta: Path) -> None:
        copy = take_up(tmp_path / "old", delta, READING)
        assert self.listed(copy) == ["A1", "C3", "D4"]
        assert copy.manifest.as_of == self.LATER
        assert self.listed(OpenCopy.open(tmp_path / "old", READING)) == ["A1", "C3", "D4"]
        assert take_up(tmp_path / "old", delta, READING).digest == copy.digest

    def test_a_delta_is_refused_over_another_copy_and_over_none(self, tmp_path: Path, delta: Path) -> None:
        other = copy_of(documents("X9"), tmp_path / "other", KEY)
        for folder in (other, tmp_path / "none"):
            with pytest.raises(CopyDoesNotFollow):
                take_up(folder, delta, READING)
        assert matches(OpenCopy.open(other, READING), Database.SLTD, document_number="X9", issuing_state="UTO") == [
            "exact"
        ]

    def test_a_copy_that_is_older_than_the_one_there_is_refused(self, tmp_path: Path, delta: Path) -> None:
        assert delta.exists()
        with pytest.raises(CopyDoesNotFollow):
            take_up(tmp_path / "new", tmp_path / "old", READING)
        with pytest.raises(CopyDoesNotFollow):
            make_delta(tmp_path / "new", tmp_path / "old", tmp_path / "back", KEY, NOW)

    def test_a_damaged_delta_changes_nothing(self, tmp_path: Path, delta: Path) -> None:
        [path] = delta.glob("sltd-*")
        content = path.read_bytes()
        for broken in (content[:-1], bytes([*content[:20], content[20] ^ 1, *content[21:]])):
            path.write_bytes(broken)
            with pytest.raises(CopyRefused):
                take_up(tmp_path / "old", delta, READING)
            assert self.listed(OpenCopy.open(tmp_path / "old", READING)) == ["A1", "B2", "C3"]
        path.write_bytes(content)
        assert self.listed(take_up(tmp_path / "old", delta, READING)) == ["A1", "C3", "D4"]

    def test_a_copy_that_rotted_on_its_disk_is_mended_by_a_whole_one(self, tmp_path: Path) -> None:
        folder = copy_of(self.OLD, tmp_path / "copy", KEY)
        whole = copy_of(self.OLD, tmp_path / "whole", KEY, as_of=self.LATER)
        assert [path.name for path in folder.glob("sltd-*")] != []
        make_delta(folder, whole, tmp_path / "delta", KEY, NOW)
        [path] = folder.glob("sltd-*")
        content = path.read_bytes()
        path.write_bytes(bytes([*content[:20], content[20] ^ 1, *content[21:]]))
        with pytest.raises(CopyDamaged):
            take_up(folder, tmp_path / "delta", READING)
        assert self.listed(take_up(folder, whole, READING)) == ["A1", "B2", "C3"]

    def test_another_makers_copy_is_taken_up_whole_where_the_key_changed(self, tmp_path: Path) -> None:
        folder = copy_of(self.OLD, tmp_path / "copy", KEY)
        other = MakingKey.new()
        whole = copy_of(self.NEW, tmp_path / "whole", other)
        with pytest.raises(CopyUntrusted):
            take_up(folder, whole, READING)
        assert self.listed(take_up(folder, whole, other.reading)) == ["A1", "C3", "D4"]

    def test_deltas_follow_each_other_until_a_whole_copy_is_shorter(self, tmp_path: Path) -> None:
        held = copy_of(documents("A0"), tmp_path / "held", KEY)
        for day in range(1, 20):
            scene = documents(*(f"A{number}" for number in range(day + 1)))
            new = copy_of(scene, tmp_path / f"new{day}", KEY, as_of=AS_OF + timedelta(minutes=day))
            make_delta(held, new, tmp_path / f"delta{day}", KEY, NOW)
            copy = take_up(held, tmp_path / f"delta{day}", READING)
            assert all(
                matches(copy, Database.SLTD, document_number=f"A{number}", issuing_state="UTO") == ["exact"]
                for number in range(day + 1)
            )
            assert len(list(held.glob("sltd-*"))) == len(copy.manifest.databases[Database.SLTD].files) <= 16

    def test_persons_come_whole_where_they_changed_and_not_at_all_where_not(self, tmp_path: Path) -> None:
        people = read_scenario()
        old = copy_of(people, tmp_path / "old", KEY)
        same = copy_of(people, tmp_path / "same", KEY, as_of=self.LATER)
        make_delta(old, same, tmp_path / "nothing", KEY, NOW)
        assert [path.name for path in (tmp_path / "nothing").glob("*-*")] == []
        fewer = people.model_copy(update={"nominals": people.nominals[:1]})
        copy_of(fewer, tmp_path / "fewer", KEY, as_of=self.LATER)
        make_delta(old, tmp_path / "fewer", tmp_path / "delta", KEY, NOW)
        copy = take_up(old, tmp_path / "delta", READING)
        assert not matches(
            copy, Database.NOMINALS, family_name="Okonjo", forenames="Tunde", birth_date="2009", nationality="UTO"
        )


def test_everybody_on_a_list_is_found_by_their_own_name(tmp_path: Path, real_material: Path | None) -> None:
    """Of the United Nations' published list where it is there, else of the simulator's records."""
    [(form, source)] = sources_of(read_scenario(), tmp_path / "sources").persons
    published = real_material and real_material / "watchlists" / "UN_consolidated.xml"
    if published and published.exists():
        form, source = "un_xml", published
    make_copy(Order(as_of=AS_OF, persons=((form, source),)), tmp_path / "copy", KEY, NOW, print)
    copy = OpenCopy.open(tmp_path / "copy", READING)
    asked = 0
    for one in FORMATS[form].read(source.read_bytes()).persons[:600:3]:
        births = [birth.first for birth in one.births if birth.precision is Precision.EXACT and birth.first.complete]
        if not births:
            continue
        name = one.names[0]
        found = records(
            copy,
            Database.NOMINALS,
            family_name=name.surname or name.given_names,
            forenames=name.given_names if name.surname else "",
            birth_date=str(births[0]),
        )
        assert f"{form}:{one.reference}" in {record.record_reference for record in found}
        asked += 1
    assert asked


def test_sources_that_are_not_there_are_told_by_their_system_error(tmp_path: Path) -> None:
    order = sources_of(read_scenario(), tmp_path / "sources")
    order.smv.unlink() if order.smv else None
    with pytest.raises(FileNotFoundError):
        make_copy(order, tmp_path / "copy", KEY, NOW, print)
