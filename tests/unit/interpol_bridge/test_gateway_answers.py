"""What a bureau's answer becomes: records, or no answer; never nothing where there was something."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossing.ports.bridge import Database, DocumentQuery, Mode, NotCheckedReason
from interpol_bridge.backends.base import Finding, NotAnswered, Record
from interpol_bridge.backends.gateway.interface import Interface
from interpol_bridge.backends.gateway.xml import NotXml, parse
from interpol_bridge.questions import Question

REQUEST_ID = UUID("6a0d4f8e-3c1b-4b7e-9d52-0f8a7c6b5e41")
ASKED = Question(
    Database.SLTD,
    DocumentQuery(
        request_id=REQUEST_ID,
        officer="o-7",
        post="KOR-01",
        purpose="entry",
        legal_basis="art. 12",
        document_number="A1",
        issuing_state="UTO",
    ),
)
OPERATION = Interface().operations[Database.SLTD]


def record(
    reference: str = "SLTD-1",
    *,
    match: str = 'type="EXACT" score="100"',
    inside: str = "<f:Fraud>STOLEN</f:Fraud>",
    owner: str = "NCB Utopia",
) -> str:
    return f'<f:Record reference="{reference}" owner="{owner}"><f:Match {match}/>{inside}</f:Record>'


def read(*records: str, total: str | None = None, **attributes: str) -> Finding:
    said = {"requestId": str(REQUEST_ID), "database": "SLTD", "total": total or str(len(records))} | attributes
    written = " ".join(f'{name}="{value}"' for name, value in said.items())
    body = f'<f:Answer xmlns:f="urn:crossing:find:1" {written}>{"".join(records)}</f:Answer>'
    return OPERATION.reader.read(parse(body.encode(), depth=16), ASKED)


def only(*records: str, **attributes: str) -> Record:
    (one,) = read(*records, **attributes).records
    return one


class TestWhatIsNoAnswer:
    @pytest.mark.parametrize(
        "attributes",
        [
            {"requestId": "00000000-0000-4000-8000-000000000000"},
            {"requestId": ""},
            {"database": "TDAWN"},
            {"database": "ELSE"},
            {"total": "1"},
            {"total": "-1"},
            {"total": "many"},
            {"copyAsOf": "yesterday"},
            {"copyAsOf": "2026-01-02T03:04:05"},
        ],
    )
    def test_an_empty_one_that_is_not_to_the_question(self, attributes: dict[str, str]) -> None:
        with pytest.raises(NotAnswered) as raised:
            read(**attributes)

        assert raised.value.reason is NotCheckedReason.MALFORMED_ANSWER

    @pytest.mark.parametrize(
        "body",
        [
            "<html/>",
            "<Answer/>",
            '<f:Answer xmlns:f="urn:crossing:find:2"/>',
            '<f:Answer xmlns:f="urn:crossing:find:1"/>',
            '<f:Status xmlns:f="urn:crossing:find:1" state="READY"/>',
            '<x><f:Answer xmlns:f="urn:crossing:find:1"/></x>',
        ],
    )
    def test_another_document(self, body: str) -> None:
        with pytest.raises(NotAnswered) as raised:
            OPERATION.reader.read(parse(body.encode(), depth=16), ASKED)

        assert raised.value.reason is NotCheckedReason.MALFORMED_ANSWER

    def test_fewer_records_stated_than_sent(self) -> None:
        with pytest.raises(NotAnswered, match="number of records"):
            read(record("a"), record("b"), total="1")

    def test_two_records_of_one_reference_that_say_different_things(self) -> None:
        with pytest.raises(NotAnswered, match="share one reference"):
            read(record(), record(inside="<f:Fraud>LOST</f:Fraud>"))

    @pytest.mark.parametrize("bad", [record(" "), record("x" * 129), "<f:Record/>", "<f:Other/>"])
    def test_a_record_that_cannot_be_named(self, bad: str) -> None:
        with pytest.raises(NotAnswered):
            read(record(), bad)


class TestAHitIsNotLost:
    def test_over_a_colour_that_is_new(self) -> None:
        one = only(record(inside="<f:Notice>TURQUOISE</f:Notice>"))

        assert one.notice_colour is None
        assert one.explanations == ("notice colour not known: TURQUOISE",)

    def test_over_a_fraud_type_that_is_new(self) -> None:
        one = only(record(inside=f"<f:Fraud>{'FORGED' * 10}</f:Fraud>"))

        assert one.fraud_type is None
        assert one.explanations == (f"fraud type not known: {('FORGED' * 10)[:40]}",)

    def test_over_a_match_that_is_new(self) -> None:
        one = only(record(match='type="HUNCH" score="70"'))

        assert (one.match_type, one.score) == ("fuzzy", 0.7)
        assert one.explanations == ("match type not known: HUNCH",)

    @pytest.mark.parametrize("score", ["-1", "101", "1000000"])
    def test_over_a_score_out_of_its_range(self, score: str) -> None:
        one = only(record(match=f'type="VARIANT" score="{score}"'))

        assert (one.match_type, one.score, one.explanations) == ("twin", 0.9, ("score not readable",))

    def test_over_an_owner_with_a_long_name(self) -> None:
        assert only(record(owner="N" * 80)).owner_bureau == "N" * 64

    def test_over_a_date_that_is_none(self) -> None:
        inside = (
            "<f:Document><f:Number>A1</f:Number><f:Country>UTO</f:Country>"
            "<f:Type>SCROLL</f:Type><f:Reported>last spring</f:Reported></f:Document>"
        )

        assert only(record(inside=inside)).fields == {
            "document_number": "A1",
            "issuing_state": "UTO",
            "document_type": "SCROLL",
            "reported_on": "last spring",
        }

    def test_where_the_same_record_comes_twice(self) -> None:
        assert len(read(record(), record(), total="2").records) == 1

    def test_where_only_the_first_records_are_sent(self) -> None:
        one = only(record(), total="42")

        assert one.explanations == ("41 more records match",)

    def test_where_there_are_more_records_than_are_kept(self) -> None:
        sent = [record(f"r-{score}", match=f'type="SIMILAR" score="{score / 2}"') for score in range(150)]

        kept = read(*sent).records

        assert len(kept) == 100
        assert [kept[0].record_reference, kept[-1].record_reference] == ["r-149", "r-50"]
        assert {one.explanations for one in kept} == {("50 more records match",)}


def test_words_are_read_in_capitals_or_not() -> None:
    one = only(record(inside="<f:Fraud>invalidated</f:Fraud>"), database="sltd", requestId=str(REQUEST_ID).upper())

    assert one.fraud_type == "revoked"


def test_an_answer_of_a_copy_has_its_instant() -> None:
    source = read(copyAsOf="2026-01-02T03:04:05+01:00").source

    assert source.mode is Mode.OFFLINE_COPY
    assert source.copy_as_of is not None
    assert source.copy_as_of.isoformat() == "2026-01-02T03:04:05+01:00"


class TestFaults:
    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            ("NOT_AUTHORISED", NotCheckedReason.REFUSED),
            ("quota_exceeded", NotCheckedReason.THROTTLED),
            ("NOT_SUPPORTED", NotCheckedReason.UNSUPPORTED),
            ("OUT_OF_SERVICE", NotCheckedReason.UNREACHABLE),
            ("SOMETHING", NotCheckedReason.BACKEND_ERROR),
            ("", NotCheckedReason.BACKEND_ERROR),
        ],
    )
    def test_their_code_is_the_reason(self, code: str, reason: NotCheckedReason) -> None:
        body = f'<f:Fault xmlns:f="urn:crossing:find:1" code="{code}"><f:Text>Brandt, Ilse</f:Text></f:Fault>'

        said = OPERATION.fault.read(parse(body.encode(), depth=8), NotCheckedReason.BACKEND_ERROR)

        assert said is not None
        assert said.reason is reason
        assert "Brandt" not in str(said)


DAMAGED = (
    f'<f:Answer xmlns:f="urn:crossing:find:1" requestId="{REQUEST_ID}" database="SLTD" total="1">'
    f"{record()}</f:Answer>"
).encode()


@given(
    st.lists(
        st.tuples(st.integers(0, len(DAMAGED) - 1), st.one_of(st.none(), st.binary(max_size=3))),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=300)
def test_a_hit_that_is_damaged_on_its_way_never_reads_as_none(damages: list[tuple[int, bytes | None]]) -> None:
    body = bytearray(DAMAGED)
    for position, written in damages:
        if written is None:
            del body[position : position + 40]
        else:
            body[position : position + len(written)] = written

    try:
        finding = OPERATION.reader.read(parse(bytes(body), depth=16), ASKED)
    except (NotXml, NotAnswered):
        return

    assert finding.records
