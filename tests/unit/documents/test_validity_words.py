"""Every finding has one code, one sentence in three languages, and one line in the officer's table."""

from collections import Counter
from pathlib import Path

import pytest

from crossing.documents.validity import ALL, CATALOGUE, Finding, FindingKind
from crossing.platform.i18n import translator

TABLE = Path(__file__).parents[3] / "docs/user/document-findings.md"
FRAUD = {"en": "Sign of fraud: ", "fr": "Indice de fraude\u00a0: ", "ar": "مؤشر تزوير: "}


def test_no_two_findings_share_a_code_or_a_sentence() -> None:
    assert len(ALL) == len(CATALOGUE) > 30
    assert [code for code, times in Counter(finding.code for finding in ALL).items() if times > 1] == []
    assert [text for text, times in Counter(finding.message for finding in ALL).items() if times > 1] == []


@pytest.mark.parametrize("finding", ALL, ids=lambda finding: finding.code)
def test_each_says_its_reason_in_three_languages(finding: Finding) -> None:
    said = {locale: translator(locale).gettext(finding.message) for locale in ("en", "fr", "ar")}
    assert len(set(said.values())) == 3
    assert all(text.endswith(".") for text in said.values())
    assert any("\u0600" <= character <= "\u06ff" for character in said["ar"])
    for locale, words in FRAUD.items():
        assert said[locale].startswith(words) == (finding.kind is FindingKind.FRAUD_SIGN)


def test_the_officers_table_has_a_line_for_each_and_no_other() -> None:
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    table = {}
    for line in lines:
        code, says, means, does = (cell.strip() for cell in line.strip("|").split(" | "))
        assert means
        assert does
        table[code.strip("`")] = says
    assert table == {finding.code: finding.message for finding in ALL}


def test_the_officers_table_is_ordered_by_kind_as_the_screen_is() -> None:
    text = TABLE.read_text(encoding="utf-8")
    places = {finding.code: text.index(f"| `{finding.code}`") for finding in ALL}
    order = list(FindingKind)
    by_place = sorted(ALL, key=lambda finding: places[finding.code])
    assert by_place == sorted(by_place, key=lambda finding: order.index(finding.kind))
