"""What a name sounds like, whoever wrote it down: French, English and Arabic spellings of one name meet here.

A name becomes tokens. Each token has a *sound* (letters with the spelling's habits taken out, vowels in three classes
as in Arabic) for comparing, and a *key* (the sound's consonants, or the family of names it belongs to) for finding:

=================================  =========  =====
spellings                          sound      key
=================================  =========  =====
Ouédraogo, Ouedraogo, Wedraogo     WIDRAUGU   WDRG
Diallo, Jallow, Jalloh, Djalo      JALU       JL
Cissé, Sesay, Ceesay               SISI       SS
Thiam, Cham                        CAM        CM
=================================  =========  =====
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Final, NamedTuple

from anyascii import anyascii

MAX_TOKENS: Final = 10
"""Longer names are cut: no real name has more parts, and a hostile one must not cost more time."""

_PARTICLES: Final = frozenset(
    word
    for line in (
        "AL EL UL UR BEN BIN BN IBN BINT BENT BINTI OULD ULD WULD WALAD WLD MINT AG AIT WALET OUALET",
        "DE DA DO DOS DU DES LA LE LOS VAN VON DER DEN DIT DITE",
        "HAJ HAJJ HADJ HAJI HADJI HAJJI ALHAJ ALHAJI ELHADJ ELHADJI ELHAJ",
    )
    for word in line.split()
)

_ABD: Final = frozenset(
    f"ABD{ending}" for ending in ("", "EL", "UL", "OUL", "AL", "OL", "UR", "ER", "AR", "US", "ES", "AS")
)

_FAMILIES: Final = (
    "MOHAMED MUHAMMAD MAMADOU MAHAMADOU MAHAMAT MUHAMMADU MAMADI MAMODOU MEHMET MOHD MAHAMANE MAMANE",
    "BOUBACAR ABUBAKAR ABUBAKR BABACAR BOUBAKARY ABOUBACRINE",
    "OUSMANE OTHMAN UTHMAN OUSMANOU ATHMANE",
    "FATOUMATA FATIMA FATMA FATIMATA FATOU FATIMATOU FADIMATA FATOUMA",
    "KHADIDIATOU KADIATOU KHADIJA KADIDIA KADIDJA HADIZA KADIDIATOU KHADIDJATOU HADIJA KHADY",
    "AICHA AISHA AISSATA AISSATOU AYSHATU AICHATOU",
    "MARIAM MARIAMA MARYAM MARIEM MERYEM MARIETOU",
    "IBRAHIM IBRAHIMA BRAHIM IBRAHIMOU EBRIMA",
    "YOUSSOUF YUSUF YOUSSEF ISSOUFOU YUSUFU ISSOUF",
    "OUMAR OMAR UMAR OUMAROU UMARU",
    "ALIOU ALIYU ALI ALY ALIOUNE ALIEU",
    "ADAMA ADAMOU ADAMU ADAM",
    "ISMAEL ISMAIL ISMAILA SMAIL ISMAILOU",
    "ZEINAB ZAINAB ZENABOU ZEYNABOU ZAINABU",
    "HAMIDOU HAMID AMIDOU HAMIDU",
    "YAHYA YAYA YAHAYA YAHIA",
    "ZAKARIA ZAKARIYA ZAKARI ZAKARIYAOU",
    "CHEIKH SHEIKH CHEICK SHEHU CHEIKHOU CHEKOU SEKOU",
    "AMADOU AHMADOU AHMADU AHMED AHMAT AHMAD AMADU",
    "ABDOULAYE ABDULLAH ABDALLAH ABDULLAHI ABDALLA ABDOULAHI",
    "DIABATE JOBARTEH DIOBATE JABATE",
    "DIOP JOBE JOOB",
    "SISSOKO CISSOKHO SUSO SUSSOKHO",
)
"""Names that are one name in another language or dialect, and whose consonants differ. The first names the family."""

_ARABIC_ARTICLE: Final = re.compile(r"\bال(?!له\b)(?=\w{3})")
_ARABIC: Final = re.compile("[\u0600-\u06ff]")
_BREAKS: Final = re.compile(r"[\s,/·<\-‐‑‒–—]+")
_NOT_LETTERS: Final = re.compile(r"[^A-Z]+")
_INSIDE_A_PART: Final = re.compile(r"['’‘ʼʻ`´ʹʺ\"“”.]")

# Doc 9303-3 section 6C writes Arabic letters that Latin lacks with an X before them.
_ESCAPES: Final = re.compile(r"X(?=KH|SH|SS|TH|DH|DZ|TT|ZZ|H|AA|AE|TA|YA)")
_ABD_GLUED: Final = re.compile(r"^ABD[AEIOU]{1,2}L(?!L?A[YH])(?=[A-Z]{3})")

_CONSONANTS: Final = (
    (re.compile(r"X"), "KS"),
    (re.compile(r"TCH|SCH|SH|CH"), "\u0106"),
    (re.compile(r"^TH?I(?=[AEOU])"), "\u0106"),
    (re.compile(r"DJI?(?=[AEOU])|DJ|D[IY](?=[AEIOU])"), "J"),
    (re.compile(r"ZH"), "J"),
    (re.compile(r"PH"), "F"),
    (re.compile(r"([KGTDRB])H"), r"\1"),
    (re.compile(r"C(?=[EIY])|Z"), "S"),
    (re.compile(r"QU?|CK?"), "K"),
    (re.compile("\u0106"), "C"),
)
_VOWELS: Final = (
    (re.compile(r"([^AEIOUY])\1+"), r"\1"),
    (re.compile(r"NE$"), "N"),
    (re.compile(r"OU(?=[AEIY])"), "W"),
    (re.compile(r"W(?![AEIOUY])"), "U"),
    (re.compile(r"H"), ""),
    (re.compile(r"OU|OO"), "U"),
    (re.compile(r"[AE][IY]|EE"), "E"),
    (re.compile(r"AU"), "O"),
    (re.compile(r"[EY]"), "I"),
    (re.compile(r"O"), "U"),
    (re.compile(r"([AIU])\1+"), r"\1"),
)


class Token(NamedTuple):
    """``family`` is empty for a name that the table of families does not hold.

    ``unvowelled``: written in Arabic letters, which leave the short vowels to the reader.
    """

    sound: str
    consonants: str
    key: str
    family: str
    unvowelled: bool


@dataclass(frozen=True, slots=True)
class Spelling:
    """A name's parts in order, and ``letters``, the parts as written, in A to Z.

    ``joins[i]`` is what parts i and i+1 sound like written as one word.
    """

    letters: str
    tokens: tuple[Token, ...]
    joins: tuple[Token, ...]

    @property
    def text(self) -> str:
        return " ".join(token.sound for token in self.tokens)

    def __bool__(self) -> bool:
        return bool(self.tokens)


def spell(*parts: str) -> Spelling:
    """The name written in ``parts`` (surname, given names; any script) as it sounds."""
    words = _words(" ".join(parts))
    joins = tuple(_token(one + other, bare or also) for (one, bare), (other, also) in pairwise(words))
    return Spelling(" ".join(word for word, _ in words), tuple(_token(*word) for word in words), joins)


def _words(name: str) -> list[tuple[str, bool]]:
    """The parts in capital letters A to Z, and whether each was written without its short vowels."""
    words = [
        (word, _ARABIC.search(written) is not None)
        for written in _BREAKS.split(_INSIDE_A_PART.sub("", name))
        for word in _NOT_LETTERS.split(_INSIDE_A_PART.sub("", anyascii(_ARABIC_ARTICLE.sub("", written)).upper()))
        if word
    ][:MAX_TOKENS]
    # A name made of particles alone (a surname "Ben", "Ag") keeps them.
    kept = [one for one in words if one[0] not in _PARTICLES] or words
    return [("ABD" if word in _ABD else word, bare) for word, bare in kept]


@lru_cache(maxsize=200_000)
def _token(word: str, unvowelled: bool) -> Token:
    sound = _sound(word)
    consonants = _consonants(sound)
    family = _FAMILY_OF.get(sound, "")
    # A spelling that the table lacks is still found by the consonants of one that it has.
    return Token(sound, consonants, family or _FAMILY_BY_CONSONANTS.get(consonants, consonants), family, unvowelled)


def _sound(word: str) -> str:
    sound = _ABD_GLUED.sub("ABD", _ESCAPES.sub("", word))
    for pattern, replacement in (*_CONSONANTS, *_VOWELS):
        sound = pattern.sub(replacement, sound)
    return sound or word[:1]


def _consonants(sound: str) -> str:
    bare = sound[0] + re.sub("[AIU]", "", sound[1:])
    # Ibrahim and Brahim, Hassan and Assane: a first vowel is kept only where hardly anything else is left.
    return bare[1:] if bare[0] in "AIU" and len(bare) > 2 else bare


_FAMILY_OF: Final = MappingProxyType(
    {_sound(name): f"={_sound(family.split()[0])}" for family in _FAMILIES for name in family.split()}
)
_FAMILY_BY_CONSONANTS: Final = MappingProxyType(
    {key: family for sound, family in _FAMILY_OF.items() if len(key := _consonants(sound)) > 2}
)
