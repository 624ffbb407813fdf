"""Why a part of a chip was not verified: a code for machines, a sentence for people."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from crossing.platform.i18n import mark


class Reason(StrEnum):
    """``PartResult.reason``. What each means for the officer is in ``docs/user/chip.md``."""

    # Data groups, EF.COM
    NO_SOD = "no_sod"
    SOD_WITHHELD = "sod_withheld"
    SOD_UNUSABLE = "sod_unusable"
    NOT_LISTED = "not_listed"
    CHANGED = "changed"
    WITHHELD = "withheld"
    NO_FILE = "no_file"
    NOT_ASKED = "not_asked"
    NOT_READ = "not_read"
    NEEDS_RIGHT = "needs_right"
    CONTENT_UNREADABLE = "content_unreadable"
    INDEX_AGREES = "index_agrees"
    COM_DIFFERS = "com_differs"
    COM_DAMAGED = "com_damaged"
    # SOD and signature
    SOD_DAMAGED = "sod_damaged"
    ALGORITHM_UNKNOWN = "algorithm_unknown"
    SIGNER_MISSING = "signer_missing"
    SIGNATURE_WRONG = "signature_wrong"
    # Chain
    NO_MASTER_LIST = "no_master_list"
    STATE_UNKNOWN = "state_unknown"
    ISSUER_UNKNOWN = "issuer_unknown"
    ISSUER_DENIES = "issuer_denies"
    SIGNER_DAMAGED = "signer_damaged"
    SIGNER_USAGE = "signer_usage"
    SIGNER_USAGE_UNSAID = "signer_usage_unsaid"
    SELF_SIGNED = "self_signed"
    SIGNER_NOT_YET_VALID = "signer_not_yet_valid"
    SIGNER_EXPIRED_AT_SIGNING = "signer_expired_at_signing"
    SIGNED_IN_FUTURE = "signed_in_future"
    SIGNED_OUT_OF_PERIOD = "signed_out_of_period"
    SIGNER_EXPIRED_SINCE = "signer_expired_since"
    ISSUER_NOT_VALID_THEN = "issuer_not_valid_then"
    OTHER_STATE = "other_state"
    STATE_NOT_COMPARED = "state_not_compared"
    OTHER_DOCUMENT_TYPE = "other_document_type"
    # Revocation
    NO_ISSUER = "no_issuer"
    NO_REVOCATION_LIST = "no_revocation_list"
    REVOKED = "revoked"
    # That the chip is no copy
    NOT_OFFERED = "not_offered"
    OFFER_UNREAD = "offer_unread"
    NOT_DONE = "not_done"
    KEY_NOT_SIGNED = "key_not_signed"
    KEY_UNREADABLE = "key_unreadable"
    OTHER_CHALLENGE = "other_challenge"
    NO_ANSWER = "no_answer"
    WRONG_ANSWER = "wrong_answer"
    PROOF_FAILED = "proof_failed"
    OTHER_KEY = "other_key"
    # How it was opened
    ACCESS_UNKNOWN = "access_unknown"
    PACE_NOT_ANNOUNCED = "pace_not_announced"
    PACE_UNSUPPORTED = "pace_unsupported"
    PACE_HIDDEN = "pace_hidden"
    PACE_DIFFERS = "pace_differs"
    PACE_NOT_USED = "pace_not_used"


SENTENCES: Final = MappingProxyType(
    {
        Reason.NO_SOD: mark("The chip's signed list of its data is not there."),
        Reason.SOD_WITHHELD: mark("The chip does not give the signed list of its data, which every passport's has."),
        Reason.SOD_UNUSABLE: mark("The chip's signed list of its data cannot be used."),
        Reason.NOT_LISTED: mark("This part is not in the chip's signed list of its data."),
        Reason.CHANGED: mark("This part was changed after it was signed."),
        Reason.WITHHELD: mark("This part was signed, but the chip does not give it."),
        Reason.NO_FILE: mark("This part was signed, but there is no file of it."),
        Reason.NOT_ASKED: mark("This part was signed; it is not among those that are read."),
        Reason.NOT_READ: mark("This part could not be read."),
        Reason.NEEDS_RIGHT: mark("This part needs a right that this reader does not have."),
        Reason.CONTENT_UNREADABLE: mark("This part is as it was signed, but what it says could not be read."),
        Reason.INDEX_AGREES: mark("The index agrees with the signed list; nobody signs the index itself."),
        Reason.COM_DIFFERS: mark("The chip's index names other parts than its signed list."),
        Reason.COM_DAMAGED: mark("The chip's index is damaged."),
        Reason.SOD_DAMAGED: mark("The chip's signed list of its data is damaged."),
        Reason.ALGORITHM_UNKNOWN: mark("The signature names a method that passports may not use."),
        Reason.SIGNER_MISSING: mark("The certificate of the chip's signer is missing."),
        Reason.SIGNATURE_WRONG: mark("The signature does not fit: the chip's data were changed or forged."),
        Reason.NO_MASTER_LIST: mark("No list of trusted States' certificates has been imported."),
        Reason.STATE_UNKNOWN: mark("The list of trusted certificates has none of this State."),
        Reason.ISSUER_UNKNOWN: mark(
            "The list of trusted certificates has others of this State, but not the one needed."
        ),
        Reason.ISSUER_DENIES: mark("The State named did not issue the certificate of the chip's signer."),
        Reason.SIGNER_DAMAGED: mark("The certificate of the chip's signer is not as it was issued."),
        Reason.SIGNER_USAGE: mark("The certificate of the chip's signer is not for signing passports."),
        Reason.SIGNER_USAGE_UNSAID: mark("The certificate of the chip's signer does not say what it is for."),
        Reason.SELF_SIGNED: mark("The chip's signer vouches for itself, and its State does not."),
        Reason.SIGNER_NOT_YET_VALID: mark("The certificate of the chip's signer is not valid yet."),
        Reason.SIGNER_EXPIRED_AT_SIGNING: mark("The certificate of the chip's signer was not valid when it signed."),
        Reason.SIGNED_IN_FUTURE: mark("The chip says that it was signed on a day that has not come yet."),
        Reason.SIGNED_OUT_OF_PERIOD: mark(
            "The chip was signed outside the time for which its signer's key was meant."
        ),
        Reason.SIGNER_EXPIRED_SINCE: mark(
            "The certificate of the chip's signer has expired since; it may still hold."
        ),
        Reason.ISSUER_NOT_VALID_THEN: mark("The State's certificate was not valid when its signer's was issued."),
        Reason.OTHER_STATE: mark("The chip was signed by another State than the document names."),
        Reason.STATE_NOT_COMPARED: mark("Without the chip's machine-readable zone, its State cannot be compared."),
        Reason.OTHER_DOCUMENT_TYPE: mark("The chip's signer may not sign documents of this type."),
        Reason.NO_ISSUER: mark("Revocation lists are only looked at once the signer's State has been confirmed."),
        Reason.NO_REVOCATION_LIST: mark("There is no current revocation list of this State."),
        Reason.REVOKED: mark("The certificate of the chip's signer has been revoked."),
        Reason.NOT_OFFERED: mark("The chip does not offer this proof."),
        Reason.OFFER_UNREAD: mark("What proofs the chip offers could not be read."),
        Reason.NOT_DONE: mark("The reader did not do this proof."),
        Reason.KEY_NOT_SIGNED: mark("The chip's key is not confirmed by its signed list."),
        Reason.KEY_UNREADABLE: mark("The chip's key could not be read."),
        Reason.OTHER_CHALLENGE: mark("The chip answered another question than it was asked."),
        Reason.NO_ANSWER: mark("The chip did not prove that it is no copy, though it should be able to."),
        Reason.WRONG_ANSWER: mark("The chip's answer does not fit its key: it may be a copy."),
        Reason.PROOF_FAILED: mark("The chip did not prove that it has its key: it may be a copy."),
        Reason.OTHER_KEY: mark("The chip used another key than its signed list names: it may be a copy."),
        Reason.ACCESS_UNKNOWN: mark("How the chip offers to be opened is not known."),
        Reason.PACE_NOT_ANNOUNCED: mark("The chip's signed data do not say how it is to be opened."),
        Reason.PACE_UNSUPPORTED: mark("The reader does not know the newer way in which this chip can be opened."),
        Reason.PACE_HIDDEN: mark("The chip's signed data offer a safer way to open it, but the chip hid it."),
        Reason.PACE_DIFFERS: mark("The chip offers other ways to open it than its signed data."),
        Reason.PACE_NOT_USED: mark("The chip did not open in the safer way that its signed data offer."),
    }
)
