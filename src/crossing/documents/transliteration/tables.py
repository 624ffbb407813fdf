"""The tables of Doc 9303-3 (eighth edition) section 6, and what is added to them.

6A: of the choices offered, the first is taken (Ä is AE, Ñ is N, Ü is UE); letters whose mark is merely dropped (É, Ş,
Ž) are not listed, since dropping the mark is what the table asks. Letters of the Sahel's languages that it leaves out
(ɓ, ɗ, ɲ, ƴ, ɛ, ɔ) get the letter that their countries' passports print.

6B: the table prints the shape of Ћ beside the code of Ђ (0402), and Һ (04BA) where the Serbian Ћ is meant: both are
here. It gives Macedonian GJ to Ғ (0492), and leaves out Ѓ (0403), whose sound that is: both have it. Ь is in no row
and not written. Қ and Ѳ are additions.

6C: marks of vowels are not written, nor are ڜ ڢ ڧ ڨ, which it calls obsolete. ڤ and ڥ are from its appendix
B.5.4. A shadda repeats the character or sequence before it (note 3), an X included, as the program of appendix B.7.1
does and as only then can be turned back; of the note's two examples one leaves out the second X.
"""

from enum import StrEnum
from types import MappingProxyType
from typing import Final


class CyrillicLanguage(StrEnum):
    """The languages for which section 6B makes exceptions."""

    BELARUSIAN = "be"
    BULGARIAN = "bg"
    MACEDONIAN = "mk"
    SERBIAN = "sr"
    UKRAINIAN = "uk"


LATIN: Final = MappingProxyType({
    "Ä": "AE", "Å": "AA", "Æ": "AE", "Ð": "D", "Ö": "OE", "Ø": "OE", "Ü": "UE", "Þ": "TH", "Đ": "D", "Ħ": "H",
    "ı": "I", "Ĳ": "IJ", "Ŀ": "L", "Ł": "L", "ĸ": "Q", "Ŋ": "N", "Œ": "OE", "ß": "SS", "ẞ": "SS", "Ŧ": "T",
    "Ɓ": "B", "Ɗ": "D", "Ɖ": "D", "Ɛ": "E", "Ɣ": "G", "Ɲ": "N", "Ɔ": "O", "Ƴ": "Y", "Ə": "E", "Ƙ": "K",
})  # fmt: skip

DISTINCT_LATIN: Final = MappingProxyType({"Ñ": "NXX", "Ü": "UXX"})
"""The table's other choice for these, from which the letter can be found again (appendix B, section B.4.1)."""

CYRILLIC: Final = MappingProxyType({
    "А": "A", "Б": "B", "В": "V", "Г": "G", "Д": "D", "Е": "E", "Ё": "E", "Ж": "ZH", "З": "Z", "И": "I", "І": "I",
    "Й": "I", "К": "K", "Л": "L", "М": "M", "Н": "N", "О": "O", "П": "P", "Р": "R", "С": "S", "Т": "T", "У": "U",
    "Ф": "F", "Х": "KH", "Ц": "TS", "Ч": "CH", "Ш": "SH", "Щ": "SHCH", "Ъ": "IE", "Ы": "Y", "Ь": "", "Э": "E",
    "Ю": "IU", "Я": "IA", "Ѓ": "G", "Ґ": "G", "Ғ": "G", "Є": "IE", "Ѕ": "DZ", "Ї": "I", "Ј": "J", "Љ": "LJ",
    "Њ": "NJ", "Ќ": "K", "Қ": "Q", "Ћ": "C", "Һ": "C", "Ђ": "D", "Ў": "U", "Џ": "DZ", "Ѫ": "U", "Ѳ": "F", "Ѵ": "Y",
})  # fmt: skip

CYRILLIC_EXCEPTIONS: Final = MappingProxyType({
    CyrillicLanguage.BELARUSIAN: {"Ё": "IO", "Г": "H"},
    CyrillicLanguage.BULGARIAN: {"Щ": "SHT"},
    CyrillicLanguage.MACEDONIAN: {"Ќ": "KJ", "Џ": "DJ", "Х": "H", "Ц": "C", "Ѓ": "GJ", "Ғ": "GJ"},
    CyrillicLanguage.SERBIAN: {"Г": "H", "Ж": "Z", "Х": "H", "Ц": "C", "Ч": "C", "Ш": "S"},
    CyrillicLanguage.UKRAINIAN: {"Г": "H", "И": "Y"},
})  # fmt: skip

UKRAINIAN_FIRST: Final = MappingProxyType({"Є": "YE", "Ї": "YI", "Й": "Y", "Ю": "YU", "Я": "YA"})
"""These stand for themselves only where they begin a component of a Ukrainian name."""

ARABIC: Final = MappingProxyType({
    "ء": "XE", "آ": "XAA", "أ": "XAE", "ؤ": "U", "إ": "I", "ئ": "XI", "ا": "A", "ب": "B", "ة": "XTA", "ت": "T",
    "ث": "XTH", "ج": "J", "ح": "XH", "خ": "XKH", "د": "D", "ذ": "XDH", "ر": "R", "ز": "Z", "س": "S", "ش": "XSH",
    "ص": "XSS", "ض": "XDZ", "ط": "XTT", "ظ": "XZZ", "ع": "E", "غ": "G", "ـ": "", "ف": "F", "ق": "Q", "ك": "K",
    "ل": "L", "م": "M", "ن": "N", "ه": "H", "و": "W", "ى": "XAY", "ي": "Y", "ٱ": "XXA", "ٹ": "XXT", "ټ": "XRT",
    "پ": "P", "ځ": "XKE", "څ": "XXH", "چ": "XC", "ڈ": "XXD", "ډ": "XDR", "ڑ": "XXR", "ړ": "XRR", "ږ": "XRX",
    "ژ": "XJ", "ښ": "XXS", "ڜ": "", "ڢ": "", "ڤ": "V", "ڥ": "XF", "ڧ": "", "ڨ": "", "ک": "XKK", "ګ": "XXK",
    "ڭ": "XNG", "گ": "XGG", "ں": "XNN", "ڼ": "XXN", "ھ": "XDO", "ۀ": "XYH", "ہ": "XXG", "ۂ": "XGE", "ۃ": "XTG",
    "ی": "XYA", "ۍ": "XXY", "ې": "Y", "ے": "XYB", "ۓ": "XBE",
})  # fmt: skip

TEH_MARBUTA: Final = "ة"
TEH_MARBUTA_LAST: Final = "XAH"
"""What teh marbuta is at the end of a component (6C, note 2)."""
SHADDA: Final = "ّ"
"""The mark that doubles what stands before it (6C, note 3)."""
