"""CMS SignedData (RFC 5652), as security objects and master lists use it (Doc 9303-10 section 4.6.2)."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from asn1crypto import cms, core, x509

from crossing_devices.simulated.passport.keys import SigningKey

LDS_SECURITY_OBJECT_OID: Final = "2.23.136.1.1.1"
CSCA_MASTER_LIST_OID: Final = "2.23.136.1.1.2"
SECURITY_OBJECT_OID: Final = "0.4.0.127.0.7.3.2.1"
"""Of EF.CardSecurity (TR-03110-3 section A.1.2.5)."""


@dataclass(frozen=True)
class Signer:
    """A key with its certificate."""

    key: SigningKey
    certificate: x509.Certificate

    @property
    def serial_number(self) -> int:
        return int(self.certificate.serial_number)

    @property
    def der(self) -> bytes:
        """The certificate."""
        return bytes(self.certificate.dump())


def signed_data(
    content_type: str,
    content: bytes,
    signer: Signer,
    *,
    signed_at: dt.datetime,
    further: Sequence[x509.Certificate] = (),
    by_key_identifier: bool = False,
) -> bytes:
    """A ContentInfo, DER, that carries its content and the signer's certificate.

    ``by_key_identifier`` names the signer by its key instead of issuer and serial number. The content is hashed with
    the signature's own hash.
    """
    hash_name = signer.key.algorithm.hash_name
    digest = hashlib.new(hash_name, content).digest()
    message = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [{"algorithm": hash_name}],
            "encap_content_info": {"content_type": content_type, "content": core.ParsableOctetString(content)},
            "certificates": [cms.CertificateChoices("certificate", one) for one in (signer.certificate, *further)],
            "signer_infos": [_signer_info(signer, _attributes(content_type, digest, signed_at), by_key_identifier)],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": message}).dump())


def _attributes(content_type: str, digest: bytes, signed_at: dt.datetime) -> cms.CMSAttributes:
    """What is signed in the content's stead."""
    return cms.CMSAttributes(
        [
            {"type": "content_type", "values": [cms.ContentType(content_type)]},
            {"type": "message_digest", "values": [core.OctetString(digest)]},
            {"type": "signing_time", "values": [cms.Time(name="utc_time", value=signed_at)]},
        ]
    )


def _signer_info(signer: Signer, attributes: cms.CMSAttributes, by_key: bool) -> dict[str, Any]:
    return {
        "version": "v3" if by_key else "v1",
        "sid": _identifier(signer, by_key),
        "digest_algorithm": {"algorithm": signer.key.algorithm.hash_name},
        "signed_attrs": attributes,
        "signature_algorithm": signer.key.signature_algorithm,
        # RFC 5652 section 5.4: signed as a SET OF, not under the tag [0] that they are sent under.
        "signature": signer.key.sign(attributes.dump()),
    }


def _identifier(signer: Signer, by_key: bool) -> cms.SignerIdentifier:
    if by_key:
        return cms.SignerIdentifier("subject_key_identifier", signer.key.key_identifier)
    certificate = signer.certificate
    return cms.SignerIdentifier(
        "issuer_and_serial_number",
        {"issuer": certificate.issuer, "serial_number": certificate.serial_number},
    )
