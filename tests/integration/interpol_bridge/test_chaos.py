"""A short storm over bridge, bureau and network: no answer is made up, and every question is answered in the end.

``tests/soak/test_bridge_chaos.py`` is the long one.
"""

from pathlib import Path

from .chaos.run import weather_a_storm

QUESTIONS = 300


def test_no_answer_is_made_up_and_everything_is_answered_once_the_storm_is_over(tmp_path: Path) -> None:
    outcome = weather_a_storm(
        tmp_path,
        seed=11,
        questions=QUESTIONS,
        per_second=60,
        healed_within_s=90,
        backend="gateway",
        with_copy=True,
    )

    assert outcome.findings.wrong == []
    assert outcome.refusals == []
    assert "the chain is intact" in outcome.audit
    assert outcome.findings.rechecked > 0
    assert outcome.findings.late_hits > 0
    assert outcome.named_in_logs == []
    assert len(outcome.asked) == QUESTIONS
