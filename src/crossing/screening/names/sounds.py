"""What a word in A to Z sounds like to French, English, Portuguese and Arabic writers; and its bones for the rest."""

import re
from functools import lru_cache
from typing import Final

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

# Slavic, German, Spanish and Arabic habits of writing one sound. Vowels stay: here they tell names apart.
_SKELETON: Final = (
    (re.compile(r"SHCH|SCHTSCH|SZCZ|CHTCH"), "SC"),
    (re.compile(r"TSCH|TCH|CZ|CH(?=[AEIOUY])(?<!SCH)|CS"), "C"),
    (re.compile(r"SCH|SH|SZ|CH"), "S"),
    (re.compile(r"ZH|DZH|DJ"), "J"),
    (re.compile(r"KH|GH"), "H"),
    (re.compile(r"PH"), "F"),
    (re.compile(r"TH"), "T"),
    (re.compile(r"TS|TZ|DZ|Z"), "S"),
    (re.compile(r"X"), "KS"),
    (re.compile(r"CK|QU|Q|C(?=[AOUKLR])"), "K"),
    (re.compile(r"([OE])(?:FF|W|F)(?=A?$)"), r"\1V"),
    (re.compile(r"W"), "V"),
    (re.compile(r"OU|OO|UE"), "U"),
    (re.compile(r"OE"), "O"),
    (re.compile(r"AE|AA"), "A"),
    (re.compile(r"(?<=[NR])[DT]$"), "T"),
    (re.compile(r"(?:EY|EI|AY|AI)(?=$)"), "EI"),
    (re.compile(r"^(?:Y|I|J)(?=E)"), ""),
    (re.compile(r"[YIJ]+"), "I"),
    (re.compile(r"(?<=[AEIOU])H(?![AEIOU])"), ""),
    (re.compile(r"(?<=[KSVN])IA?$"), "I"),
    (re.compile(r"(.)\1+"), r"\1"),
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


@lru_cache(maxsize=30_000)
def sound_of(word: str) -> str:
    """The sound of a word in A to Z, its vowels in three classes as in Arabic; never empty."""
    sound = _ABD_GLUED.sub("ABD", _ESCAPES.sub("", word))
    for pattern, replacement in (*_CONSONANTS, *_VOWELS):
        sound = pattern.sub(replacement, sound)
    return sound or word[:1]


def consonants_of(sound: str) -> str:
    """The consonants of a sound. Ibrahim, Brahim; Hassan, Assane: a first vowel stays only beside hardly any."""
    bare = sound[0] + re.sub("[AIU]", "", sound[1:])
    return bare[1:] if bare[0] in "AIU" and len(bare) > 2 else bare


@lru_cache(maxsize=30_000)
def skeleton_of(word: str) -> str:
    """The word without the habits of Slavic, German and Spanish spelling: Yuriy, Iurii, Juri; Müller, Mueller."""
    bones = word
    for pattern, replacement in _SKELETON:
        bones = pattern.sub(replacement, bones)
    return bones or word[:1]


@lru_cache(maxsize=30_000)
def eastern_of(word: str) -> str:
    """Where the word can be one or two Chinese or Korean syllables: what their romanisations share. Else empty."""
    if len(word) > _LONGEST_EASTERN or _EASTERN_WORD.fullmatch(word) is None:
        return ""
    folded = word
    for pattern, replacement in _EASTERN:
        folded = pattern.sub(replacement, folded)
    return folded
