"""The lists of trust in memory: one store of all country signers and revocations in use, swapped as a whole."""

import threading
from dataclasses import dataclass
from datetime import datetime

from crossing.documents.chip.trust import TrustStore
from crossing.platform.blobs import BlobStore
from crossing.platform.db import Database
from crossing.platform.db.reading import reading
from crossing.platform.errors import DomainError
from crossing.platform.logs import log
from crossing.screening import repository
from crossing.screening.lists.contents import TrustAnchors
from crossing.screening.lists.formats import FORMATS
from crossing.screening.lists.seals import Seals
from crossing.screening.lists.views import SealState


@dataclass(frozen=True, slots=True)
class _Version:
    """One version of one list of trust, as the database names it."""

    code: str
    number: int
    format: str
    sha256: str
    as_of: datetime


class TrustLists:
    """All lists of trust in use as one :class:`TrustStore`. Whoever asks while they are read gets the old one."""

    def __init__(self, blobs: BlobStore | None, seals: Seals) -> None:
        self._blobs = blobs
        self._seals = seals
        self._loaded: dict[_Version, TrustAnchors] = {}
        self._unusable: frozenset[_Version] = frozenset()
        self._store: TrustStore | None = None
        self._refreshing = threading.Lock()

    def current(self) -> TrustStore | None:
        """None while no master list is in use. ``version`` names each list and its version (``csca-de:3 crl-de:7``),
        ``as_of`` is the date of the oldest master list."""
        return self._store

    def dates(self) -> dict[str, datetime]:
        """The date of each list in use, by code."""
        return {version.code: version.as_of for version in self._loaded}

    def refresh(self, database: Database) -> bool:
        """Bring the store up to the lists in ``database``; whether anything had changed.

        A version whose file is missing or damaged, or whose seal does not hold, is left out and said in the log;
        where the version before it is in memory, that one goes on being used.
        """
        with self._refreshing:
            wanted = self._in_use(database)
            read = {
                one: self._loaded.get(one) or (self._read(one) if sealed else None) for one, sealed in wanted.items()
            }
            kept = {one: anchors for one, anchors in read.items() if anchors is not None}
            unusable = frozenset(read) - frozenset(kept)
            for one in unusable - self._unusable:
                log.error("trust_list_unusable", list=f"{one.code}:{one.number}")
            self._unusable = unusable
            lost = {one.code for one in unusable}
            kept |= {one: anchors for one, anchors in self._loaded.items() if one.code in lost}
            changed = kept.keys() != self._loaded.keys()
            if changed:
                self._loaded = kept
                self._store = _store_of(kept)
            return changed

    def _in_use(self, database: Database) -> dict[_Version, bool]:
        """The versions in use, and whether the seal of each holds."""
        with reading(database) as session:
            return {
                _Version(watch_list.code, version.number, watch_list.format, version.sha256, version.as_of): (
                    self._seals.signature_state(session, version) is SealState.WHOLE
                )
                for watch_list, version in repository.lists(session)
                if version is not None and watch_list.format in FORMATS and FORMATS[watch_list.format].is_trust
            }

    def _read(self, version: _Version) -> TrustAnchors | None:
        if self._blobs is None:
            return None
        try:
            return FORMATS[version.format].read(self._blobs.get(version.sha256)).trust
        except (DomainError, OSError):
            return None


def _store_of(loaded: dict[_Version, TrustAnchors]) -> TrustStore | None:
    lists = sorted(loaded.items(), key=lambda item: item[0].code)
    dates = [version.as_of for version, anchors in lists if anchors.certificates]
    if not dates:
        return None
    return TrustStore(
        [one for _, anchors in lists for one in anchors.certificates],
        version=" ".join(f"{version.code}:{version.number}" for version, _ in lists),
        as_of=min(dates),
        crls=[one for _, anchors in lists for one in anchors.revocation_lists],
    )
