"""One-time codes and passwords."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossing.identity.codes import ALPHABET, bare, new_code
from crossing.identity.errors import PasswordIsLogin, PasswordTooLong, PasswordTooShort, SignInBusy
from crossing.identity.passwords import LEAST, MOST, Passwords, require_good
from crossing.platform.errors import DomainError
from tests.factories.officers import quick_passwords


def test_a_code_is_three_groups_of_four_without_look_alikes() -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(re.fullmatch(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}", code) for code in codes)
    assert not set(ALPHABET) & set("ILOS015")


@given(st.lists(st.sampled_from(["", " ", "-", "  "]), min_size=14, max_size=14), st.booleans())
def test_a_code_counts_however_it_is_spaced_and_whatever_its_case(gaps: list[str], lower: bool) -> None:
    code = new_code()
    typed = "".join(one + gap for one, gap in zip(code, gaps, strict=True))
    assert bare(typed.lower() if lower else typed) == code.replace("-", "")


@pytest.mark.parametrize(
    ("password", "error"),
    [
        ("x" * (LEAST - 1), PasswordTooShort),
        ("x" * (MOST + 1), PasswordTooLong),
        ("AMINATA.D2031", PasswordIsLogin),
    ],
)
def test_a_bad_password_is_refused_for_what_is_bad_about_it(password: str, error: type[DomainError]) -> None:
    with pytest.raises(error):
        require_good(password, login="aminata.d")


@pytest.mark.parametrize("password", ["x" * LEAST, "عشرة أحرف على الأقل", "correct horse battery"])
def test_length_in_any_script_is_good_enough(password: str) -> None:
    require_good(password, login="aminata.d")


def test_nothing_matches_where_there_is_nothing_to_compare_with() -> None:
    passwords = quick_passwords()
    hashed = passwords.hash("right")
    assert passwords.matches("right", hashed)
    assert not passwords.matches("wrong", hashed)
    assert not passwords.matches("nobody's password", None)


def test_a_password_matches_however_the_keyboard_composes_its_accents() -> None:
    passwords = quick_passwords()
    assert passwords.matches("ele\u0301phant", passwords.hash("el\u00e9phant"))


def test_no_text_is_too_odd_to_be_a_wrong_password() -> None:
    passwords = quick_passwords()
    assert not passwords.matches("\ud800\x00", passwords.hash("right"))


def test_a_third_caller_waits_for_a_turn_and_is_told_when_none_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crossing.identity.passwords._WAIT_S", 0.05)
    passwords = quick_passwords()
    with passwords.turn(), passwords.turn(), pytest.raises(SignInBusy) as busy, passwords.turn():
        raise AssertionError("three at once")
    assert busy.value.params == {"retry_after_s": 5}
    with passwords.turn(), passwords.turn():
        pass  # both turns were given back


def test_the_real_hash_is_argon2id_with_real_costs() -> None:
    hashed = Passwords().hash("a password")
    costs = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=\d+\$", hashed)
    assert costs
    assert int(costs[1]) >= 19 * 1024  # KiB; OWASP's least for t=2
    assert int(costs[2]) >= 2
