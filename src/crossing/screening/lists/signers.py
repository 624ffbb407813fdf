"""Whose master list may take the place of the one in use: whoever slips in a list can make passports that verify."""

from typing import Final

from crossing.documents.chip.master_list import succeeds
from crossing.screening.errors import (
    ListSignerDiffers,
    ListSignerUnconfirmed,
    ListSignerUnexpected,
    ListUnsigned,
)
from crossing.screening.lists.contents import TrustAnchors
from crossing.screening.models import ListVersion

_GROUP: Final = 4
_GROUPS_SHOWN: Final = 4


def refuse_another_signer(
    new: TrustAnchors,
    serving: ListVersion | None,
    in_use: TrustAnchors,
    *,
    given: str | None,
    seen: bool,
) -> None:
    """Raises a domain error where the country signer behind ``new`` is none that is trusted with this list.

    It is where the operator has ``given`` its fingerprint, or where it is the signer of ``serving`` or that one's
    heir. The first list under a code has none before it: it needs the fingerprint, or an operator to whom it is
    shown (``seen``). ``in_use`` are the certificates of the list in use, among which the link to a new key may stand.
    """
    if given is not None:
        return refuse_unexpected(new.signer, new.signer_fingerprint, given)
    trusted = _of(serving, "signer_fingerprint")
    if not new.signer_fingerprint or (not trusted and seen):
        return None
    if not trusted:
        raise ListSignerUnconfirmed(new=new.signer, fingerprint=new.signer_fingerprint)
    if succeeds(new.signer_fingerprint, trusted, in_use.certificates + new.certificates):
        return None
    raise ListSignerDiffers(
        serving=_of(serving, "signer"),
        serving_fingerprint=first_groups(trusted),
        new=new.signer,
        new_fingerprint=first_groups(new.signer_fingerprint),
    )


def refuse_unexpected(signer: str, fingerprint: str, given: str) -> None:
    """Raises a domain error where ``fingerprint`` is another than the operator's, who may write it in groups."""
    if not fingerprint:
        raise ListUnsigned
    plain = "".join(given.replace(":", " ").split()).lower()
    if plain != fingerprint:
        raise ListSignerUnexpected(new=signer, new_fingerprint=first_groups(fingerprint), given=first_groups(plain))


def first_groups(fingerprint: str) -> str:
    """Enough of a fingerprint to tell two apart at a glance, in groups of four."""
    shown = fingerprint[: _GROUP * _GROUPS_SHOWN]
    return " ".join(shown[at : at + _GROUP] for at in range(0, len(shown), _GROUP))


def _of(version: ListVersion | None, field: str) -> str:
    return str(version.report.get(field, "")) if version else ""
