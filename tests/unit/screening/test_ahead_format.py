"""The file of those who are looked for: what the capital told, and nothing else, comes out of it again."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.documents.dates import PartialDate
from crossing.platform.ids import new_id
from crossing.screening.ahead.schemas import AheadAlert, AheadDocument, AheadHit, AheadKind, AheadPerson
from crossing.screening.errors import ListMalformed
from crossing.screening.lists.detection import detect
from crossing.screening.lists.formats.ahead import NAME, Sought, read, write
from crossing.screening.schemas import CheckKind

UNTIL = datetime(2031, 3, 4, 8, 0, tzinfo=UTC)

lines = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=30)
hits = st.builds(
    AheadHit,
    check=st.sampled_from(CheckKind),
    source=lines,
    action=lines,
    caution=lines,
    notice_colour=st.sampled_from(("", "red", "blue", "green")),
)
persons = st.builds(
    AheadPerson,
    surname=lines.filter(bool),
    given_names=lines,
    birth_date=st.none() | st.builds(PartialDate, st.integers(1920, 2020)),
    birth_approximate=st.booleans(),
    sex=st.sampled_from(("M", "F", "X", "")),
    nationality=st.sampled_from(("", "MLI", "D")),
)
documents = st.builds(AheadDocument, number=lines.filter(bool), issuer=st.sampled_from(("", "MLI", "D")))
alerts = st.builds(
    AheadAlert,
    alert_id=st.builds(new_id),
    kind=st.sampled_from(AheadKind),
    post=st.just("NIA-1"),
    post_name=lines,
    lane=st.just("1"),
    left_at=st.just(UNTIL),
    person=persons,
    document=st.none() | documents,
    hits=st.lists(hits, min_size=1, max_size=4).map(tuple),
)


@given(st.lists(alerts, max_size=5))
def test_everybody_is_read_as_they_were_told_in_whatever_order(told: list[AheadAlert]) -> None:
    sought = [Sought(one, UNTIL) for one in told]
    content = write(sought)
    assert content == write(list(reversed(sought)))
    contents = read(content)
    assert {one.reference for one in contents.persons} == {str(one.alert_id) for one in told}
    assert contents.findings == []
    by_reference = {one.reference: one for one in contents.persons}
    for one in told:
        listed = by_reference[str(one.alert_id)]
        assert one.person is not None
        assert (listed.names[0].surname, listed.sex) == (one.person.surname, one.person.sex)
        assert [document.number for document in listed.documents] == ([one.document.number] if one.document else [])
        assert bool(listed.births) is (one.person.birth_date is not None)
        assert listed.orders.expires_on == UNTIL.date()
        assert len(listed.orders.action) <= 300


def test_the_gravest_colour_counts_and_what_is_to_be_done_is_said_once() -> None:
    some = tuple(
        AheadHit(check=CheckKind.NAME_LIST, source="A", action="Hold", notice_colour=colour)
        for colour in ("green", "red", "blue")
    )
    alert = AheadAlert(
        alert_id=new_id(), kind=AheadKind.LATE_HIT, post="NIA-1", lane="1", left_at=UNTIL,
        document=AheadDocument(number="A1", issuer="D"), hits=some,
    )  # fmt: skip
    [listed] = read(write([Sought(alert, UNTIL)])).documents
    assert (listed.issuer, listed.orders.notice_colour, listed.orders.action) == ("DEU", "red", "Hold")


@given(st.binary(max_size=200))
def test_any_other_file_is_refused(content: bytes) -> None:
    with pytest.raises(ListMalformed):
        read(content)


def test_a_file_of_another_format_is_refused_and_its_own_is_known() -> None:
    with pytest.raises(ListMalformed):
        read(b'{"format":"hand_made","entries":[]}')
    assert detect(write([])) == NAME
