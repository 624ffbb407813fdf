"""Every sentence that may be shown is said in French and in Arabic, and no catalogue keeps one that is not."""

import re

import pytest
from tools.catalogue import TRANSLATED, messages, read, untranslated

from crossing.platform.i18n import translator

_PLACES = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")


def places(text: str) -> set[str]:
    """The names that are filled in: ``{named}`` of the domain's sentences, ``%(named)s`` of the templates'."""
    return {first or second for first, second in _PLACES.findall(text)}


@pytest.mark.parametrize("locale", TRANSLATED)
def test_the_catalogue_holds_exactly_what_is_said(locale: str) -> None:
    said, translated = set(messages()), {message.id for message in read(locale) if message.id}
    assert said - translated == set(), "run: python tools/catalogue.py"
    assert translated - said == set(), "run: python tools/catalogue.py"


@pytest.mark.parametrize("locale", TRANSLATED)
def test_nothing_is_left_untranslated(locale: str) -> None:
    assert [message.id for message in untranslated(read(locale))] == []


@pytest.mark.parametrize("locale", TRANSLATED)
def test_a_translation_fills_the_same_places(locale: str) -> None:
    for message in read(locale):
        if isinstance(message.id, str) and message.id:
            assert places(str(message.string)) == places(message.id), message.id
        elif message.id:
            for form in message.string or ():
                # "Two days" may be a word of its own; a place that is filled must be one that is given.
                assert places(form) <= places(message.id[1]), message.id


@pytest.mark.parametrize("locale", TRANSLATED)
def test_no_percent_sign_breaks_a_sentence_of_a_template(locale: str) -> None:
    for message in read(locale):
        if isinstance(message.id, str) and "%(" in message.id:
            given = dict.fromkeys(places(message.id), "x")
            assert str(message.string) % given


def test_arabic_has_its_six_plurals() -> None:
    catalogue = read("ar")
    assert catalogue.num_plurals == 6
    for message in catalogue:
        if message.pluralizable:
            assert len(message.string or ()) == 6


def test_arabic_counts_from_eleven_on_in_the_accusative() -> None:
    days = ("%(num)s day", "%(num)s days")
    assert [translator("ar").ngettext(*days, count) % {"num": count} for count in (3, 30, 100)] == [
        "3 أيام", "30 يومًا", "100 يوم",
    ]  # fmt: skip


def test_no_french_line_begins_with_a_sign_that_belongs_to_the_word_before_it() -> None:
    loose = re.compile(r"\S [:;?!»](?:[\s.,)]|$)|« ")
    for message in read("fr"):
        forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
        assert not [form for form in forms if loose.search(str(form))], "a no-break space stands before : ; ? ! and »"
