"""Names in other letters, written with the MRZ's A to Z (Doc 9303-3 section 6).

Section 6A covers Latin letters with marks, 6B Cyrillic and 6C Arabic. Where the standard offers a choice, its first
recommendation is taken (Ä is AE, Ü is UE). Letters of the Sahel's languages that its table leaves out (ɓ, ɗ, ɲ, ƴ,
ɛ, ɔ) get the letter that their countries' passports print.
"""

import re
import unicodedata
from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

_LATIN: Final = {
    "Ä": "AE", "Å": "AA", "Æ": "AE", "Ð": "D", "Ö": "OE", "Ø": "OE", "Ü": "UE", "Þ": "TH", "Đ": "D", "Ħ": "H",
    "ı": "I", "Ĳ": "IJ", "Ŀ": "L", "Ł": "L", "ĸ": "Q", "Ŋ": "N", "Œ": "OE", "ß": "SS", "ẞ": "SS", "Ŧ": "T",
    "Ɓ": "B", "Ɗ": "D", "Ɖ": "D", "Ɛ": "E", "Ɣ": "G", "Ɲ": "N", "Ɔ": "O", "Ƴ": "Y", "Ə": "E", "Ƙ": "K",
}  # fmt: skip

_CYRILLIC: Final = {
    "А": "A", "Б": "B", "В": "V", "Г": "G", "Д": "D", "Е": "E", "Ё": "E", "Ж": "ZH", "З": "Z", "И": "I", "І": "I",
    "Й": "I", "К": "K", "Л": "L", "М": "M", "Н": "N", "О": "O", "П": "P", "Р": "R", "С": "S", "Т": "T", "У": "U",
    "Ф": "F", "Х": "KH", "Ц": "TS", "Ч": "CH", "Ш": "SH", "Щ": "SHCH", "Ъ": "IE", "Ы": "Y", "Ь": "", "Э": "E",
    "Ю": "IU", "Я": "IA", "Ѓ": "G", "Ґ": "G", "Ғ": "F", "Є": "IE", "Ѕ": "DZ", "Ї": "I", "Ј": "J", "Љ": "LJ",
    "Њ": "NJ", "Ќ": "K", "Қ": "Q", "Ћ": "C", "Ђ": "D", "Ў": "U", "Џ": "DZ", "Ѫ": "U", "Ѳ": "F", "Ѵ": "Y",
}  # fmt: skip

_ARABIC: Final = {
    "ء": "XE", "آ": "XAA", "أ": "XAE", "ؤ": "U", "إ": "I", "ئ": "XI", "ا": "A", "ب": "B", "ة": "XTA", "ت": "T",
    "ث": "XTH", "ج": "J", "ح": "XH", "خ": "XKH", "د": "D", "ذ": "XDH", "ر": "R", "ز": "Z", "س": "S", "ش": "XSH",
    "ص": "XSS", "ض": "XDZ", "ط": "XTT", "ظ": "XZZ", "ع": "E", "غ": "G", "ـ": "", "ف": "F", "ق": "Q", "ك": "K",
    "ل": "L", "م": "M", "ن": "N", "ه": "H", "و": "W", "ى": "XAY", "ي": "Y", "ٰ": "XA", "ٱ": "XXA", "ٹ": "XXT",
    "ټ": "XRT", "پ": "P", "ځ": "XKE", "څ": "XXH", "چ": "XC", "ڈ": "XXD", "ډ": "XDR", "ڑ": "XXR", "ړ": "XRR",
    "ږ": "XRX", "ژ": "XJ", "ښ": "XXS", "ک": "XKK", "ګ": "XXK", "ڭ": "XNG", "گ": "XGG", "ں": "XNN", "ڼ": "XXN",
    "ھ": "XDO", "ۀ": "XYH", "ہ": "XXG", "ۂ": "XGE", "ۃ": "XTG", "ی": "XYA", "ۍ": "XXY", "ې": "Y", "ے": "XYB",
    "ۓ": "XBE",
}  # fmt: skip

_TABLE: Final = MappingProxyType(_LATIN | _CYRILLIC | _ARABIC)
_TEH_MARBUTA: Final = "ة"
_SHADDA: Final = "ّ"
_APOSTROPHES: Final = frozenset("'’‘ʼʻ`´ʹʺ\"“”.")
_BREAKS: Final = re.compile(r"[\s\-‐‑‒–—,/·<]+")


def to_mrz_letters(name: str) -> str:
    """``name`` in A to Z, its parts separated by single spaces.

    Hyphens, commas and spaces separate parts; apostrophes and full stops vanish (section 4.6). A character
    that no table knows is left out.
    """
    parts = ("".join(_letters(part)) for part in _BREAKS.split(unicodedata.normalize("NFC", name)))
    return " ".join(part for part in parts if part)


def _letters(part: str) -> Iterator[str]:
    previous = ""
    for place, character in enumerate(part):
        if character == _SHADDA:
            yield previous
            continue
        ends_part = not any(unicodedata.category(later).startswith("L") for later in part[place + 1 :])
        previous = "XAH" if character == _TEH_MARBUTA and ends_part else _letter(character)
        yield previous


def _letter(character: str) -> str:
    if character in _APOSTROPHES:
        return ""
    for form in (character, character.upper()):
        if form in _TABLE:
            return _TABLE[form]
    base = unicodedata.normalize("NFKD", character.upper())
    return "".join(letter for letter in base if "A" <= letter <= "Z")
