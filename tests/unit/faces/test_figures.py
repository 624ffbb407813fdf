"""The figures: which counts and rates stand where, their intervals, and the table for spreadsheets."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.faces.figures.cuts import CUTS, RATES
from crossing.faces.figures.reading import blocks_of, wilson
from crossing.faces.figures.schemas import (
    MINIMUM,
    RATE_MINIMUM,
    CountOf,
    FaceFigures,
    FigureBlock,
    FigureKind,
    RateOf,
)
from crossing.faces.figures.table import COLUMNS, as_csv
from crossing.faces.figures.tallies import TallyKey
from crossing.faces.figures.words import COUNTS, KINDS
from crossing.faces.figures.words import RATES as RATE_WORDS


def key(kind: FigureKind, said: str, judged: str = "none", *, sex: str = "F", engine: str = "fused") -> TallyKey:
    return TallyKey("", "", kind, engine, "1 abc", sex, "18-29", "western_africa", said, judged)


def comparisons(engine: str = "fused") -> dict[TallyKey, int]:
    """Women: 40 of 1,000 raised, 30 of them judged the same. Men: 20 of 2,000, 10 judged the same."""
    kind = FigureKind.FACE_MATCH
    return {
        key(kind, "match", engine=engine): 960,
        key(kind, "no_match", "same", engine=engine): 30,
        key(kind, "inconclusive", "other", engine=engine): 10,
        key(kind, "match", sex="M", engine=engine): 1980,
        key(kind, "no_match", "same", sex="M", engine=engine): 10,
        key(kind, "inconclusive", "other", sex="M", engine=engine): 10,
    }


def figures(*blocks: FigureBlock) -> FaceFigures:
    return FaceFigures(post="NIA-1", first_month="2031-01", last_month="2031-03", blocks=blocks)


class TestTheFigures:
    def test_a_block_for_each_kind_and_engine(self) -> None:
        searches = {key(FigureKind.FACE_LIST, "no_candidate"): 50}
        blocks = blocks_of(comparisons() | comparisons("sface") | searches, crossed=False)
        assert [(one.kind.value, one.engine) for one in blocks] == [
            ("face_match", "fused"),
            ("face_match", "sface"),
            ("face_list", "fused"),
        ]
        assert all(one.by_sex_and_age == () for one in blocks)

    def test_one_to_one(self) -> None:
        [block] = blocks_of(comparisons(), crossed=False)
        women, men = block.by_sex
        assert (women.sex, men.sex) == ("F", "M")
        assert women.counts[CountOf.COMPARISONS] == 1000
        assert women.counts[CountOf.RAISED] == 40
        assert women.counts[CountOf.JUDGED_SAME] == 30
        assert not women.suppressed
        false_non_match = women.rates[RateOf.FIELD_FALSE_NON_MATCH]
        assert false_non_match is not None
        assert (false_non_match.value, false_non_match.of) == (0.03, 1000)
        assert block.whole.counts[CountOf.COMPARISONS] == 3000
        assert false_non_match.ratio == pytest.approx(0.03 / (40 / 3000), abs=0.001)

    def test_one_to_many_counts_searches_and_candidates(self) -> None:
        kind = FigureKind.FACE_RECENT
        [block] = blocks_of(
            {
                key(kind, "no_candidate"): 80,
                key(kind, "with_candidate"): 20,
                key(kind, "candidate", "other"): 60,
                key(kind, "candidate"): 60,
            },
            crossed=False,
        )
        assert block.whole.counts[CountOf.SEARCHES] == 100
        assert block.whole.counts[CountOf.CANDIDATES] == 120
        mean, false_positive = (block.whole.rates[one] for one in (RateOf.CANDIDATES_PER_SEARCH, RateOf.JUDGED_OTHER))
        assert mean is not None
        assert (mean.value, mean.low, mean.high) == (1.2, None, None)
        assert false_positive is not None
        assert (false_positive.value, false_positive.of) == (0.5, 120)

    def test_failure_to_acquire_and_exceptions(self) -> None:
        kind = FigureKind.PORTRAIT
        said = {"acquired": 180, "failed": 20, "veil": 12, "injury": 11, "absent": 10}
        [block] = blocks_of({key(kind, one): count for one, count in said.items()}, crossed=False)
        failed, excepted = (block.whole.rates[one] for one in (RateOf.FAILURE_TO_ACQUIRE, RateOf.EXCEPTED))
        assert failed is not None
        assert (failed.value, failed.of) == (0.1, 200)
        assert excepted is not None
        assert (excepted.value, excepted.of) == (round(23 / 233, 6), 233)
        assert block.whole.counts[CountOf.VEIL] == 12
        assert block.whole.counts[CountOf.CHILD] == 0

    def test_a_rate_of_few_is_not_shown(self) -> None:
        few = {key(FigureKind.FACE_MATCH, "match"): RATE_MINIMUM - MINIMUM - 1}
        few |= {key(FigureKind.FACE_MATCH, "no_match", "same"): MINIMUM}
        [block] = blocks_of(few, crossed=False)
        assert block.whole.counts[CountOf.RAISED] == MINIMUM
        assert set(block.whole.rates.values()) == {None}

    def test_of_too_few_altogether_nothing_is_shown(self) -> None:
        [block] = blocks_of({key(FigureKind.FACE_MATCH, "match"): MINIMUM - 1}, crossed=True)
        assert block.left_out
        assert all(set(row.counts.values()) == {None} and row.suppressed for row in block.rows)

    def test_every_kind_has_its_words_and_its_counts(self) -> None:
        assert set(CUTS) == set(RATES) == set(FigureKind)
        assert set(KINDS) == set(FigureKind)
        assert set(COUNTS) == set(CountOf)
        assert set(RATE_WORDS) == set(RateOf)
        for kind, cuts in CUTS.items():
            shown = [what for cut in cuts for what in cut.shows]
            assert len(set(shown)) == len(shown)
            assert {what for rate in RATES[kind].values() for what in rate} <= set(shown)
            assert all(cut.parent in {before.name for before in cuts[:at]} for at, cut in enumerate(cuts) if at)


class TestWilson:
    @pytest.mark.parametrize(
        ("count", "of", "low", "high"),
        # R. G. Newcombe, Two-sided confidence intervals for the single proportion, 1998, table I, method 3.
        [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
    )
    def test_as_published(self, count: int, of: int, low: float, high: float) -> None:
        assert wilson(count, of) == pytest.approx((low, high), abs=0.00006)

    @given(st.integers(1, 10**6).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
    def test_it_holds_the_share_and_stays_a_share(self, pair: tuple[int, int]) -> None:
        low, high = wilson(*pair)
        assert 0 <= low <= round(pair[0] / pair[1], 6) <= high <= 1


class TestTheTable:
    def test_a_line_for_each_count_and_rate(self) -> None:
        [block] = blocks_of(comparisons(), crossed=True)
        lines = list(csv.DictReader(StringIO(as_csv(figures(block)))))
        assert tuple(lines[0]) == COLUMNS
        assert len(lines) == len(block.rows) * (9 + 6)
        [raised] = [one for one in lines if (one["sex"], one["age_band"], one["measure"]) == ("M", "", "raised")]
        assert (raised["count"], raised["suppressed"], raised["post"]) == ("20", "0", "NIA-1")
        [rate] = [one for one in lines if (one["sex"], one["age_band"], one["measure"]) == ("F", "", "rate_raised")]
        assert (rate["rate"], rate["of"], rate["suppressed"]) == ("0.04", "1000", "0")

    def test_what_is_not_shown_is_empty_and_flagged(self) -> None:
        [block] = blocks_of(comparisons() | {key(FigureKind.FACE_MATCH, "match", sex="X"): 3}, crossed=False)
        lines = [one for one in csv.DictReader(StringIO(as_csv(figures(block)))) if one["sex"] == "X"]
        assert {(one["count"], one["rate"], one["suppressed"]) for one in lines} == {("", "", "1")}

    def test_an_engines_name_is_no_formula(self) -> None:
        [block] = blocks_of(comparisons("=1+1"), crossed=False)
        assert {one["engine"] for one in csv.DictReader(StringIO(as_csv(figures(block))))} == {"'=1+1"}
