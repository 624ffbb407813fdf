"""What a word in A to Z sounds like to French, English, Portuguese and Arabic writers; and its bones for the rest."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from operator import methodcaller
from typing import Final, NamedTuple


class _Habit(NamedTuple):
    """``respelled`` changes nothing in a word that holds none of the ``signs``, and need not be called: most words
    have few of these habits, and a list many words."""

    signs: tuple[str, ...]
    respelled: Callable[[str], str]


def _habit(signs: str, pattern: str, replacement: str) -> _Habit:
    return _Habit(tuple(signs.split(" ")), partial(re.compile(pattern).sub, replacement))


_ANY: Final = ""
"""The sign of a habit that any word may have."""

_CONSONANTS: Final = (
    # Doc 9303-3 section 6C writes Arabic letters that Latin lacks with an X before them.
    _habit("X", r"X(?=KH|SH|SS|TH|DH|DZ|TT|ZZ|H|AA|AE|TA|YA)", ""),
    _habit("ABD", r"^ABD[AEIOU]{1,2}L(?!L?A[YH])(?=[A-Z]{3})", "ABD"),
    _habit("X", r"X", "KS"),
    _habit("CH SH", r"TCH|SCH|SH|CH", "\u0106"),
    _habit("TI THI", r"^TH?I(?=[AEOU])", "\u0106"),
    _habit("DJ DI DY", r"DJI?(?=[AEOU])|DJ|D[IY](?=[AEIOU])", "J"),
    _habit("ZH", r"ZH", "J"),
    _habit("PH", r"PH", "F"),
    _habit("H", r"(?<=[KGTDRB])H", ""),
    _habit("CE CI CY Z", r"C(?=[EIY])|Z", "S"),
    _habit("Q C", r"QU?|CK?", "K"),
    _habit("\u0106", "\u0106", "C"),
)
_VOWELS: Final = (
    _habit(_ANY, r"([^AEIOUY])(?=\1)", ""),
    _habit("NE", r"NE$", "N"),
    _habit("OU", r"OU(?=[AEIY])", "W"),
    _habit("W", r"W(?![AEIOUY])", "U"),
    _habit("H", r"H", ""),
    _habit("OU OO", r"OU|OO", "U"),
    _habit("AI AY EI EY EE", r"[AE][IY]|EE", "E"),
    _habit("AU", r"AU", "O"),
    _Habit((_ANY,), methodcaller("translate", str.maketrans("EYO", "IIU"))),
    _habit("AA II UU", r"([AIU])(?=\1)", ""),
)

# Slavic, German, Spanish and Arabic habits of writing one sound. Vowels stay: here they tell names apart.
_SKELETON: Final = (
    _habit("SHCH SCHTSCH SZCZ CHTCH", r"SHCH|SCHTSCH|SZCZ|CHTCH", "SC"),
    _habit("CH CZ CS", r"TSCH|TCH|CZ|CH(?=[AEIOUY])(?<!SCH)|CS", "C"),
    _habit("CH SH SZ", r"SCH|SH|SZ|CH", "S"),
    _habit("ZH DJ", r"ZH|DZH|DJ", "J"),
    _habit("KH GH", r"KH|GH", "H"),
    _habit("PH", r"PH", "F"),
    _habit("TH", r"TH", "T"),
    _habit("TS Z", r"TS|TZ|DZ|Z", "S"),
    _habit("X", r"X", "KS"),
    _habit("C Q", r"CK|QU|Q|C(?=[AOUKLR])", "K"),
    _habit("F W", r"(?<=[OE])(?:FF|W|F)(?=A?$)", "V"),
    _habit("W", r"W", "V"),
    _habit("OU OO UE", r"OU|OO|UE", "U"),
    _habit("OE", r"OE", "O"),
    _habit("AE AA", r"AE|AA", "A"),
    _habit("D", r"(?<=[NR])D$", "T"),
    _habit("EY AY AI", r"(?:EY|AY|AI)$", "EI"),
    _habit("YE IE JE", r"^(?:Y|I|J)(?=E)", ""),
    _habit("Y J II", r"[YIJ]+", "I"),
    _habit("H", r"(?<=[AEIOU])H(?![AEIOU])", ""),
    _habit("IA", r"(?<=[KSVN])IA$", "I"),
    _habit(_ANY, r"(.)(?=\1)", ""),
)

_SYLLABLE: Final = (
    r"(?:ZH|CH|SH|HS|TS|TZ|[BPMFDTNLGKHJQXRZCSYW])?"
    r"(?:[IU]?[AEO][IOU]?|E[OU]|AE|OO|EE|IU|UI|YA|YU|I|U|UE|UH|YEO|YO|YI)"
    r"(?:NG|N|R|L|M|K|P|H)?"
)
_EASTERN_WORD: Final = re.compile(rf"(?:{_SYLLABLE}){{1,2}}")
_EASTERN: Final = (
    (re.compile(r"HS|SH|X"), "S"),
    (re.compile(r"ZH|CH|TS|TZ|[JQZC]"), "C"),
    (re.compile(r"EU|OO|UH"), "U"),
    (re.compile(r"EO|AE"), "O"),
    (re.compile(r"EE"), "I"),
    (re.compile(r"IEN"), "IAN"),
    (re.compile(r"UENG|UNG|ENG(?<=PENG)"), "ONG"),
    (re.compile(r"B"), "P"),
    (re.compile(r"D"), "T"),
    (re.compile(r"G(?!$)(?<!NG)"), "K"),
    (re.compile(r"^R"), "L"),
    (re.compile(r"(?<=[CS])I(?=[AOU])"), ""),
    (re.compile(r"(?<=C)UL$"), "OL"),
    (re.compile(r"IH$"), "I"),
    (re.compile(r"H$"), ""),
)
_LONGEST_EASTERN: Final = 9
_NO_VOWELS: Final = str.maketrans("", "", "AIU")


@lru_cache(maxsize=30_000)
def sound_of(word: str) -> str:
    """The sound of a word in A to Z, its vowels in three classes as in Arabic; never empty."""
    return _without(_VOWELS, _without(_CONSONANTS, word)) or word[:1]


def consonants_of(sound: str) -> str:
    """The consonants of a sound. Ibrahim, Brahim; Hassan, Assane: a first vowel stays only beside hardly any."""
    bare = sound[0] + sound[1:].translate(_NO_VOWELS)
    return bare[1:] if bare[0] in "AIU" and len(bare) > 2 else bare


@lru_cache(maxsize=30_000)
def skeleton_of(word: str) -> str:
    """The word without the habits of Slavic, German and Spanish spelling: Yuriy, Iurii, Juri; Müller, Mueller."""
    return _without(_SKELETON, word) or word[:1]


@lru_cache(maxsize=30_000)
def eastern_of(word: str) -> str:
    """Where the word can be one or two Chinese or Korean syllables: what their romanisations share. Else empty."""
    if len(word) > _LONGEST_EASTERN or _EASTERN_WORD.fullmatch(word) is None:
        return ""
    folded = word
    for pattern, replacement in _EASTERN:
        folded = pattern.sub(replacement, folded)
    return folded


def _without(habits: Sequence[_Habit], word: str) -> str:
    """The word without the habits, one after the other."""
    for signs, respelled in habits:
        for sign in signs:
            if sign in word:
                word = respelled(word)
                break
    return word
