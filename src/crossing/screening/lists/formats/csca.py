"""Lists of trust: CSCA master lists and revocation lists (Doc 9303-12). They name keys, and no traveller."""

from datetime import datetime

from crossing.documents.chip.certificates import CertificateDamaged, der_blocks, load_certificate
from crossing.documents.chip.master_list import read_master_list
from crossing.documents.chip.revocation import read_crl
from crossing.screening.errors import ListMalformed
from crossing.screening.lists.contents import Finding, FindingCode, ListContents, TrustAnchors
from crossing.screening.lists.mapping import ColumnMapping


def read_master_list_file(content: bytes, mapping: ColumnMapping | None = None) -> ListContents:
    """A master list as its State publishes it (CMS, DER), its signature verified.

    Raises :class:`~crossing.documents.chip.master_list.MasterListDamaged`: a list is used whole or not at all.
    """
    listed = read_master_list(content)
    states = {load_certificate(one).country for one in listed.certificates} - {""}
    anchors = TrustAnchors(
        certificates=listed.certificates,
        states=tuple(sorted(states)),
        signer=listed.signer,
        signer_fingerprint=listed.fingerprint,
    )
    return ListContents(trust=anchors, as_of=listed.issued_at)


def read_revocation_lists(content: bytes, mapping: ColumnMapping | None = None) -> ListContents:
    """One CRL in DER, or any number in PEM; dated as its newest one. Raises ListMalformed for a file of neither.

    One that can't be read is a finding, whose line is its place in the file. Whether a country signer stands behind a
    CRL is seen when a document is looked up in it: here the master lists may still be missing.
    """
    try:
        blocks = der_blocks(content)
    except CertificateDamaged as damaged:
        raise ListMalformed(line=1) from damaged
    contents = ListContents()
    usable: list[bytes] = []
    dates: list[datetime] = []
    for place, block in enumerate(blocks, start=1):
        revoked = read_crl(block)
        if revoked is None:
            contents.findings.append(Finding(place, "", FindingCode.CRL_UNREADABLE))
        else:
            usable.append(block)
            dates.append(revoked.issued_at)
    contents.trust = TrustAnchors(revocation_lists=tuple(dict.fromkeys(usable)))
    contents.as_of = max(dates, default=None)
    return contents
