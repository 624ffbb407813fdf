"""Names in other letters, written with the MRZ's A to Z, and the way back (Doc 9303-3 section 6, appendix B)."""

from crossing.documents.transliteration.from_mrz import NotReversible, Script, from_mrz_letters
from crossing.documents.transliteration.tables import CyrillicLanguage
from crossing.documents.transliteration.to_mrz import to_mrz_letters

__all__ = ["CyrillicLanguage", "NotReversible", "Script", "from_mrz_letters", "to_mrz_letters"]
