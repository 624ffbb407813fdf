"""The reasons of a judgement, as they are read aloud."""

from crossing.documents.dates import PartialDate
from crossing.screening.names.births import ListedBirth
from crossing.screening.names.evidence import AskedPerson, ListedPerson
from crossing.screening.names.judging import Decision, Judged, judge
from crossing.screening.names.spelling import spell
from crossing.screening.names.telling import tell_commonness

BIRTH = PartialDate(1980, 2, 3)


def judged(one: str, other: str, listed: PartialDate = BIRTH) -> Judged:
    return judge(AskedPerson(spell(one), BIRTH), ListedPerson(spell(other), (ListedBirth.exact(listed),)))


def sentences(one: str, other: str, listed: PartialDate = BIRTH) -> list[str]:
    return [reason.text() for reason in judged(one, other, listed).reasons]


def test_names_are_shown_as_they_were_written() -> None:
    told = sentences("محمد ولد عبد العزيز", "Mohamed Ould Abdoul Aziz")
    assert "These parts are one name, written in two ways: محمد = Mohamed, العزيز = Aziz, عبد = Abdoul" in told


def test_capitals_are_not_read_aloud() -> None:
    assert "These parts of the names agree: Diallo, Mamadou" in sentences("DIALLO<<MAMADOU", "Mamadou Diallo")


def test_what_can_not_be_seen_is_not_shown() -> None:
    assert "Only the first name has: Zongo" in sentences("Awa Diop Zon\u202ego", "Awa Diop")


def test_a_match_is_not_called_another_person() -> None:
    found = judged("MOUSSA IBRAHIM", "IBRAHIM MOUSSA")
    codes = {reason.code for reason in found.reasons}
    assert found.decision is Decision.MATCH
    assert "order_turned" in codes
    assert "order_other_order" not in codes


def test_of_two_persons_the_order_says_why() -> None:
    found = judged("Moussa Ibrahim", "Ibrahim Moussa", PartialDate(1951, 12, 24))
    assert found.decision is Decision.DIFFERENT
    assert "order_other_order" in {reason.code for reason in found.reasons}


def test_parts_that_were_not_compared_are_named() -> None:
    told = sentences("Ali Omar Issa Moussa Salif Bakary Modibo Seydou Drissa Lassina Nouhoum", "Ali Omar")
    assert any(one.startswith("The name has more parts than are compared. Left out: ") for one in told)


def told_of_commonness(one: str, other: str) -> list[str | int]:
    return [reason.params["of"] for reason in judged(one, other).reasons if reason.code == "name_common"]


def test_how_common_a_name_is_does_not_hang_on_its_spelling_and_is_told_to_one_figure() -> None:
    assert (
        told_of_commonness("Oumar Diallo", "عمر Diallo")
        == told_of_commonness("Oumar Diallo", "Oumar Diallo")
        == [500]
    )


def test_where_nothing_agrees_nothing_is_told_of_how_common_it_is() -> None:
    assert told_of_commonness("Iyad Ghali", "Aigle Blanc") == []


class Seen:
    def __init__(self, total: int) -> None:
        self._total = total

    def count(self, key: str) -> int:
        return 3

    def total(self) -> int:
        return self._total


def test_a_count_among_few_names_is_not_told() -> None:
    alignment = judged("Awa Diop", "Awa Diop").alignment
    assert list(tell_commonness(alignment, Seen(6), "part_among_travellers")) == []
    [told] = tell_commonness(alignment, Seen(5_000), "part_among_travellers")
    assert told.params == {"part": "Awa", "count": 3, "total": 5_000}
