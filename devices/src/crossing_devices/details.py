"""What a driver says of a fault, made fit to be shown, kept and sent away: short, with no person and no secret in it.

Drivers are asked to name nobody, but a vendor's library may put the very line that it could not read into its error.
So every detail that comes from a worker is looked through here, before anything else of the agent sees it. Names in
plain words cannot be told from other words; all that a document's machine-readable zone holds can.
"""

import re
from collections.abc import Iterable
from typing import Final

from crossing_devices.redaction import HIDDEN, addresses_redacted, without

MAX_CHARACTERS: Final = 200
_LOOKED_AT: Final = 1000
_CODE: Final = re.compile(r"0x[0-9A-Fa-f]{1,8}")
"""An error number, of PC/SC for example, which is all digits at times."""
_ANNOUNCES: Final = (
    r"(?:pass(?:word|phrase|wd)?|pwd|secret|\w*token|bearer|basic|login|log(?:ged)? ?in (?:as|with)|logon"
    r"|user(?:name)?|credentials?|account)"
)
_RULES: Final = (
    # After a word that announces a secret: name:password, or whatever is not a plain word of the sentence.
    re.compile(rf"(?i)\b(?P<kept>{_ANNOUNCES}\s*[=:]\s*)\S+"),
    re.compile(rf"(?i)\b(?P<kept>{_ANNOUNCES}\s+)(?=\S*[^\sa-z.,;*])\S+"),
    re.compile(
        r"(?i)\b(?P<kept>(?:pass(?:word|phrase|wd)|pwd|bearer)\s+)(?!(?:is|was|of|for|in|to|and|or|not)\b)\S+"
    ),
    re.compile(r"(?i)\b(?P<kept>\w*(?:key|pin|can)(?:\s*=\s*|:))\S+"),
    re.compile(r"(?i)\b(?P<kept>\w*(?:key|pin|can)\s*:\s+)(?=\S*\d)\S+"),
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*"),
    # The machine-readable zone: fillers, then document numbers and dates with what stands around them.
    re.compile(r"[\w<]*<<[\w<]*"),
    re.compile(r"(?<![\w<])(?=[A-Za-z0-9]*<)[A-Za-z0-9<]{9,}"),
    re.compile(r"(?<![A-Za-z0-9<])(?=[A-Z<]*[0-9])(?=[0-9]*[A-Z<])[A-Z0-9<]{9,}"),
    re.compile(r"\w*\d{6,}\w*"),
    re.compile(r"\b\d{4}([-./ ])\d{1,2}\1\d{1,2}\b|\b\d{1,2}([-./ ])\d{1,2}\2\d{4}\b"),
    # Keys and tokens: long, and letters mixed with digits.
    re.compile(r"(?<![\w+=~-])(?=[A-Za-z_+=~-]*\d)(?=[\d_+=~-]*[A-Za-z])[\w+=~-]{20,}"),
)


def safe_detail(text: str, secrets: Iterable[str] = ()) -> str:
    """One line of at most 200 characters, ``***`` where something was that may be a person's or a secret.

    ``secrets`` are those that are known, of the device's own options for example.
    """
    if len(text) > _LOOKED_AT:
        # A word that is cut in two could be too short to be known.
        text = text[:_LOOKED_AT].rpartition(" ")[0]
    text = addresses_redacted(without(" ".join(text.split()), secrets))
    for rule in _RULES:
        text = rule.sub(_hidden, text)
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - 1].rstrip() + "…"


def _hidden(found: "re.Match[str]") -> str:
    if _CODE.fullmatch(found[0]):
        return found[0]
    return f"{found.groupdict().get('kept') or ''}{HIDDEN}"
