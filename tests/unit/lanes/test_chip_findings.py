"""What the ledger says of a chip: which differences are signs of fraud, and which a reader's mistake."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Final

import pytest

from crossing.documents.chip.reasons import Reason as ChipReason
from crossing.documents.chip.results import Verdict
from crossing.documents.mrz import Mrz, parse
from crossing.documents.reading.port import Confidence, DoubtReason
from crossing.lanes.chip_findings import Against, Differences, chip_check, chip_not_read, differences
from crossing.lanes.chip_views import proved
from crossing.lanes.errors import ChipNotExamined
from crossing.lanes.schemas import ChipResult, ChipState, ChipView, DoubtView, FieldView, ReadingSource, ReadingView
from crossing.ports.chip import ChipFile
from crossing.posts.device_errors import DEVICE_ERRORS
from crossing.screening.schemas import CheckOutcome, Reason

NOW: Final = datetime(2031, 3, 1, 8, 0, tzinfo=UTC)
LINES: Final = ("P<UTOSIDIBE<<OUSMANE<<<<<<<<<<<<<<<<<<<<<<<<", "UT4O219076UTO8705149F3401310<<<<<<<<<<<<<<<6")


def on_chip() -> Mrz:
    return parse(LINES, today=date(2031, 3, 1))


def page(
    *, doubted: str = "", source: ReadingSource = ReadingSource.PAGE, sure: bool = True, by: str = "", **said: str
) -> ReadingView:
    """The same document as read, but for what ``said`` gives; ``doubted`` is the field that the reader doubts."""
    return ReadingView(
        source=source,
        format="TD3",
        valid=True,
        confidence=Confidence.HIGH if sure else Confidence.LOW,
        fields=tuple(
            FieldView(
                name=name,
                value=said.get(name, field.value),
                raw=field.raw,
                doubts=(DoubtView(reason=DoubtReason.UNSURE),) if name == doubted else (),
            )
            for name, field in on_chip().fields.items()
        ),
        confirmed_by=by,
    )


def view(reasons: Mapping[str, ChipReason] = MappingProxyType({}), /, **verdicts: Verdict) -> ChipView:
    held = dict.fromkeys(("sod", "signature", "chain", "dg1", "dg2"), Verdict.VERIFIED) | verdicts
    results = tuple(
        ChipResult(name=name, verdict=verdict, reason=reasons.get(name, "")) for name, verdict in held.items()
    )
    whole = Verdict.FAILED if Verdict.FAILED in held.values() else Verdict.VERIFIED
    whole = Verdict.NOT_CHECKED if Verdict.NOT_CHECKED in held.values() and whole is Verdict.VERIFIED else whole
    return ChipView(state=ChipState.READ, verdict=whole, results=results)


class TestDifferences:
    def test_none_where_page_and_chip_say_the_same(self) -> None:
        assert not differences(page(), on_chip())

    def test_a_sure_reading_was_no_mistake(self) -> None:
        assert differences(page(surname="SIDIBF"), on_chip()) == Differences(sure=("surname",))

    def test_the_field_that_was_doubted_may_have_been_misread(self) -> None:
        read = page(doubted="birth_date", sure=False, birth_date="1987-05-16")
        assert differences(read, on_chip()) == Differences(unsure=("birth_date",))

    def test_beside_a_doubted_field_the_others_were_read_surely(self) -> None:
        read = page(doubted="birth_date", sure=False, surname="SIDIBF")
        assert differences(read, on_chip()) == Differences(sure=("surname",))

    def test_an_unsure_reading_that_names_no_field_is_unsure_in_all(self) -> None:
        assert differences(page(sure=False, surname="SIDIBF"), on_chip()) == Differences(unsure=("surname",))

    def test_what_the_officer_compared_with_the_page_is_sure(self) -> None:
        read = page(doubted="birth_date", sure=False, by="a.traore", birth_date="1987-05-16")
        assert differences(read, on_chip()).sure == ("birth_date",)

    def test_a_typed_name_may_be_a_slip_but_a_typed_number_has_its_check_digit(self) -> None:
        read = page(source=ReadingSource.TYPED, surname="SIDIBF", document_number="UT4O21908")
        assert differences(read, on_chip()) == Differences(sure=("document_number",), unsure=("surname",))


class TestWhatIsProved:
    def test_needs_signature_chain_and_the_group_itself(self) -> None:
        assert proved(view(), ChipFile.DG1)
        for part in ("sod", "signature", "chain", "dg1"):
            assert not proved(view(**{part: Verdict.NOT_CHECKED}), ChipFile.DG1)
        assert not proved(view(), ChipFile.DG11)

    def test_a_copy_proves_nothing_though_its_data_are_signed(self) -> None:
        assert not proved(view(active_authentication=Verdict.FAILED), ChipFile.DG1)

    def test_a_portrait_is_nobodys_without_the_name(self) -> None:
        assert not proved(view(dg1=Verdict.NOT_CHECKED), ChipFile.DG2)

    @pytest.mark.parametrize("why", [ChipReason.NOT_DONE, ChipReason.OFFER_UNREAD, ChipReason.KEY_NOT_SIGNED])
    def test_one_that_could_prove_to_be_no_copy_and_did_not_proves_nothing(self, why: ChipReason) -> None:
        silent = {"active_authentication": why, "chip_authentication": ChipReason.NOT_OFFERED}
        chip = view(silent, **dict.fromkeys(silent, Verdict.NOT_CHECKED))
        assert not proved(chip, ChipFile.DG1)
        assert not proved(chip, ChipFile.DG2)

    def test_one_proof_is_enough_and_none_is_asked_of_a_chip_that_has_none(self) -> None:
        one = {"active_authentication": ChipReason.NOT_DONE}
        assert proved(view(one, active_authentication=Verdict.NOT_CHECKED, pace_cam=Verdict.VERIFIED), ChipFile.DG1)
        none = dict.fromkeys(("active_authentication", "chip_authentication", "pace_cam"), ChipReason.NOT_OFFERED)
        assert proved(view(none, **dict.fromkeys(none, Verdict.NOT_CHECKED)), ChipFile.DG2)

    def test_another_group_that_could_not_be_checked_takes_nothing_away(self) -> None:
        assert proved(view(dg2=Verdict.NOT_CHECKED), ChipFile.DG1)


class TestTheCheck:
    def test_is_clear_only_where_all_is_verified(self) -> None:
        assert chip_check(view(), Against(proved=True), now=NOW, duration_ms=1).outcome is CheckOutcome.CLEAR

    @pytest.mark.parametrize(
        ("unproved", "why", "reason"),
        [
            ("chain", ChipReason.ISSUER_UNKNOWN, Reason.CHIP_SIGNER_UNKNOWN),
            ("chain", ChipReason.NO_MASTER_LIST, Reason.CHIP_SIGNER_UNKNOWN),
            ("chain", ChipReason.STATE_NOT_COMPARED, Reason.CHIP_INCOMPLETE),
            ("chain", ChipReason.NO_SOD, Reason.CHIP_INCOMPLETE),
            ("dg2", ChipReason.NOT_READ, Reason.CHIP_INCOMPLETE),
        ],
    )
    def test_is_not_checked_where_something_is_not(self, unproved: str, why: ChipReason, reason: Reason) -> None:
        chip = view({unproved: why}, **{unproved: Verdict.NOT_CHECKED})
        result = chip_check(chip, Against(), now=NOW, duration_ms=1)
        assert (result.outcome, result.reason) == (CheckOutcome.NOT_CHECKED, reason)

    def test_is_possible_and_to_be_verified_where_something_failed(self) -> None:
        result = chip_check(view(dg2=Verdict.FAILED), Against(), now=NOW, duration_ms=1)
        assert result.outcome is CheckOutcome.POSSIBLE
        assert [hit.must_verify for hit in result.hits] == [True]

    def test_says_each_difference_once_in_its_own_sentence(self) -> None:
        found = Differences(sure=("surname", "optional_data", "document_code"))
        result = chip_check(view(), Against(found, proved=True), now=NOW, duration_ms=1)
        assert len({hit.label for hit in result.hits}) == len(result.hits) == 2
        assert all(hit.label.startswith("Sign of fraud: ") and hit.must_verify for hit in result.hits)

    @pytest.mark.parametrize("fault", DEVICE_ERRORS.values())
    def test_has_a_reason_for_every_fault_of_a_reader(self, fault: type[Exception]) -> None:
        result = chip_not_read(fault(), now=NOW, duration_ms=1)  # type: ignore[arg-type]
        assert (result.outcome, result.reason is not None) == (CheckOutcome.NOT_CHECKED, True)

    def test_blames_this_machine_for_what_it_could_not_examine(self) -> None:
        assert chip_not_read(ChipNotExamined(), now=NOW, duration_ms=1).reason is Reason.ENGINE_FAILED
