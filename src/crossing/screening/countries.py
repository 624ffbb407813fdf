"""States as lists write them: alpha-3 and alpha-2 codes, and names in English, French and the UN's own forms."""

import re
from functools import cache
from types import MappingProxyType
from typing import Final

from anyascii import anyascii
from babel import Locale

from crossing.documents.mrz.issuers import ALPHA_2, SPECIAL_ISSUERS

# What CLDR's English and French names leave out. Keys as ``_plain`` makes them.
_OTHER_NAMES: Final = MappingProxyType(
    {
        "bolivia plurinational state of": "BOL",
        "brunei darussalam": "BRN",
        "car": "CAF",
        "congo": "COG",
        "cote d ivoire": "CIV",
        "czech republic": "CZE",
        "democratic people s republic of korea": "PRK",
        "democratic republic of the congo": "COD",
        "dprk": "PRK",
        "drc": "COD",
        "gambia": "GMB",
        "holy see": "VAT",
        "iran islamic republic of": "IRN",
        "islamic republic of iran": "IRN",
        "ivory coast": "CIV",
        "lao people s democratic republic": "LAO",
        "libyan arab jamahiriya": "LBY",
        "micronesia federated states of": "FSM",
        "moldova republic of": "MDA",
        "myanmar": "MMR",
        "palestine": "PSE",
        "republic of korea": "KOR",
        "republic of moldova": "MDA",
        "russian federation": "RUS",
        "state of palestine": "PSE",
        "swaziland": "SWZ",
        "syrian arab republic": "SYR",
        "tanzania united republic of": "TZA",
        "the former yugoslav republic of macedonia": "MKD",
        "turkey": "TUR",
        "turquie": "TUR",
        "uk": "GBR",
        "united kingdom of great britain and northern ireland": "GBR",
        "united republic of tanzania": "TZA",
        "united states of america": "USA",
        "usa": "USA",
        "venezuela bolivarian republic of": "VEN",
        "viet nam": "VNM",
        "zaire": "COD",
    }
)

# Nationalities as the region's ministries write them, in French: both genders end alike in "ne", or the feminine adds
# an "e" or doubles the last letter, so each is written out.
_ADJECTIVES: Final = MappingProxyType(
    {
        word: code
        for code, words in {
            "BDI": "burundais burundaise",
            "BEN": "beninois beninoise",
            "BFA": "burkinabe burkinabee",
            "CAF": "centrafricain centrafricaine",
            "CIV": "ivoirien ivoirienne",
            "CMR": "camerounais camerounaise",
            "COM": "comorien comorienne",
            "CPV": "capverdien capverdienne cap-verdien cap-verdienne",
            "DJI": "djiboutien djiboutienne",
            "DZA": "algerien algerienne",
            "EGY": "egyptien egyptienne",
            "FRA": "francais francaise",
            "GAB": "gabonais gabonaise",
            "GHA": "ghaneen ghaneenne",
            "GIN": "guineen guineenne",
            "GMB": "gambien gambienne",
            "GNQ": "equato-guineen equato-guineenne",
            "LBN": "libanais libanaise",
            "LBR": "liberien liberienne",
            "LBY": "libyen libyenne",
            "MAR": "marocain marocaine",
            "MDG": "malgache",
            "MLI": "malien malienne",
            "MRT": "mauritanien mauritanienne",
            "NER": "nigerien nigerienne",
            "NGA": "nigerian nigeriane",
            "RWA": "rwandais rwandaise",
            "SDN": "soudanais soudanaise",
            "SEN": "senegalais senegalaise",
            "SLE": "sierra-leonais sierra-leonaise",
            "SYR": "syrien syrienne",
            "TCD": "tchadien tchadienne",
            "TGO": "togolais togolaise",
            "TUN": "tunisien tunisienne",
        }.items()
        for word in words.split()
    }
)

_SAME_STATE: Final = MappingProxyType({"D": "DEU", "XKX": "RKS", "ZAR": "COD", "TMP": "TLS", "ROM": "ROU"})
_BY_ALPHA_2: Final = MappingProxyType({alpha_2: code for code, alpha_2 in ALPHA_2.items() if len(code) == 3})
_NOT_WORDS: Final = re.compile(r"[^a-z0-9]+")


def state_code(written: str) -> str:
    """The alpha-3 code (Doc 9303-3 section 5) of a State in any of these forms, or empty where it is none."""
    code = written.strip().strip("<").upper()
    if code in ALPHA_2 or code in SPECIAL_ISSUERS or code in _SAME_STATE:
        return same_state(code)
    # In small letters "na" is what lists write for "not available", and not Namibia.
    if len(code) == 2 and code == written.strip():
        return _BY_ALPHA_2.get(code, "")
    return _names().get(_plain(written), "")


def same_state(code: str) -> str:
    """One code for a State that has had several: D is DEU."""
    code = code.strip().strip("<").upper()
    return _SAME_STATE.get(code, code)


@cache
def _names() -> MappingProxyType[str, str]:
    names = {**_OTHER_NAMES, **{_plain(word): code for word, code in _ADJECTIVES.items()}}
    for code, alpha_2 in ALPHA_2.items():
        if code in _SAME_STATE:
            continue
        for locale in ("en", "fr"):
            if name := Locale(locale).territories.get(alpha_2):
                names.setdefault(_plain(name), code)
    return MappingProxyType(names)


def _plain(name: str) -> str:
    return _NOT_WORDS.sub(" ", anyascii(name).lower().replace("&", " and ")).strip().removeprefix("the ")
