"""The page of those whom the posts look for: what may hurt somebody is never folded away; nothing is said twice."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from markupsafe import Markup

from crossing.capital.schemas import AlertKind
from crossing.documents.dates import PartialDate
from crossing.platform.ids import new_id
from crossing.screening.ahead.keeping import LIST_NAME
from crossing.screening.ahead.schemas import (
    AheadAlert,
    AheadDocument,
    AheadHit,
    AheadKind,
    AheadPerson,
    LookedFor,
)
from crossing.screening.schemas import INTERPOL_KINDS, CheckKind
from crossing.screening.services.description import Names
from crossing.web.rendering import POST_NAVIGATION, Surface, environment

NOW = datetime(2031, 3, 1, 8, tzinfo=UTC)
IDRISS = AheadPerson(surname="أبكر", given_names="إدريس", birth_date=PartialDate(1979), birth_approximate=True)
PASSPORT = AheadDocument(number="A4G7K29B1", issuer="MLI", type="P")
SLTD = AheadHit(check=CheckKind.INTERPOL_SLTD, source="INTERPOL", reference="SLTD-1", action="Seize the document")
ARMED = AheadHit(check=CheckKind.INTERPOL_NOMINALS, source="INTERPOL", reference="N-1", caution="May be armed")
SERVICE = AheadHit(check=CheckKind.WATCHLIST_SERVICE, source="Fichier national", reference="F-1")
SURFACE = Surface(
    "post", "Gogui", POST_NAVIGATION, {"wapis": Names(fr="Fichier national", en="National file", ar="الملف الوطني")}
)


def looked_for(*, asked: bool = True, **changed: Any) -> LookedFor:
    plain: dict[str, Any] = {
        "alert_id": new_id(), "kind": AheadKind.LATE_HIT, "post": "NIA-1", "post_name": "Niangoloko", "lane": "1",
        "left_at": NOW - timedelta(minutes=5), "person": IDRISS, "document": PASSPORT, "hits": (SLTD,),
    }  # fmt: skip
    return LookedFor(alert=AheadAlert(**(plain | changed)), until=NOW + timedelta(hours=70), asked=asked)


def shown(*found: LookedFor, locale: str = "en", number: int = 1, pages: int = 1) -> str:
    page = environment(locale).get_template("second_line/ahead.html")
    return page.render(
        looked_for=found, total=len(found), page=number, pages=pages, list_name=LIST_NAME,
        kind_of=lambda alert: AlertKind(alert.kind.value), now=NOW, shown=2,
        interpol_kinds=INTERPOL_KINDS, source_names=SURFACE.source_names(locale), surface=SURFACE, principal=None,
        csrf_token="", path="/ahead",
    )  # fmt: skip


@pytest.mark.parametrize(("locale", "sentence"), [("fr", "Personne n'est recherché."), ("ar", "لا أحد مطلوب الآن.")])
def test_that_nobody_is_looked_for_is_said(locale: str, sentence: str) -> None:
    page = Markup(shown(locale=locale)).unescape()
    assert sentence in page
    assert "<table" not in page


@pytest.mark.parametrize(
    ("locale", "count", "said"),
    [("fr", 1, "1 voyageur"), ("fr", 60, "60 voyageurs"), ("ar", 2, "مسافران"), ("ar", 60, "60 مسافرًا")],
)
def test_how_many_they_are_stands_above_and_each_has_a_row(locale: str, count: int, said: str) -> None:
    page = shown(*(looked_for() for _ in range(count)), locale=locale)
    assert said in page
    assert page.count("<tr>") == count + 1


def test_where_they_are_many_each_page_says_which_it_is_and_leads_to_those_beside_it() -> None:
    page = shown(looked_for(), number=2, pages=3)
    assert "Page 2 of 3" in page
    assert 'href="/ahead?page=1"' in page
    assert 'href="/ahead?page=3"' in page
    assert "?page=" not in shown(looked_for())


def test_a_birth_that_is_not_sure_is_called_so_and_states_have_names() -> None:
    page = shown(looked_for())
    assert "1979" in page
    assert "(approximate)" in page
    assert "Mali" in page


def test_a_document_of_somebody_unknown_is_a_row_too() -> None:
    assert "Identity not known" in shown(looked_for(person=None))


def test_a_post_without_a_name_is_called_by_its_code_once() -> None:
    assert shown(looked_for(post="KOB-2", post_name="")).count("KOB-2") == 1


def test_what_warns_comes_first_and_is_never_folded_away() -> None:
    page = shown(looked_for(hits=(SLTD, SERVICE, SLTD, ARMED, ARMED)))
    before, _, folded = page.partition("<details>")
    assert before.count("May be armed") == 2
    assert before.index("May be armed") < before.index("SLTD-1")
    assert "1 more reason" in folded
    assert "May be armed" not in folded


def test_interpol_is_named_by_the_check_alone_and_a_service_in_the_readers_language() -> None:
    page = shown(looked_for(hits=(SLTD, SERVICE)), locale="ar")
    assert "INTERPOL" not in page.partition("<tbody>")[2]
    assert "الملف الوطني" in page
    assert "Fichier national" not in page


def test_whom_the_lanes_do_not_ask_about_yet_is_marked() -> None:
    said = "the lanes do not ask about them yet"
    assert said in shown(looked_for(asked=False))
    assert said not in shown(looked_for())
