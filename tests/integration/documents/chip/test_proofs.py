"""That a chip is no copy: active authentication, chip authentication, and PACE's mapping with it."""

import secrets
from dataclasses import replace

import pytest

from crossing.documents.chip.reasons import Reason
from crossing.documents.chip.results import COPY_PROTECTION, ChipPart, ChipReading, PartResult, Verdict
from crossing.documents.chip.service import ChipExaminer
from crossing.documents.chip.verification import verify
from crossing.documents.mrz import parse
from crossing.ports.chip import ChipDump, ChipFile, KeyProof, Proof, SignedChallenge
from crossing_devices.simulated.passport.keys import Algorithm, Scheme, SigningKey
from crossing_devices.simulated.passport.personalise import ActiveAuthentication, ChipOptions, Passport, personalise
from crossing_devices.simulated.passport.pki import make_authority
from crossing_devices.simulated.passport.proofs import active_authentication
from crossing_devices.simulated.passport.protocols import Mapping, PaceVariant
from tests.integration.documents.chip.utopia import (
    PLAIN,
    TODAY,
    TRAVELLER,
    VERIFIED,
    authority,
    changed,
    dumped,
    failed,
    not_checked,
    passport,
    trusting,
)

CHALLENGE = secrets.token_bytes(8)
CAM = replace(PLAIN, pace=(PaceVariant(mapping=Mapping.CHIP_AUTHENTICATION),))


def answered(made: Passport, response: bytes, *, asked: bytes = CHALLENGE) -> PartResult:
    answer = SignedChallenge(challenge=CHALLENGE.hex(), response=response.hex())
    dump = dumped(made.files, active_authentication=answer)
    reading = verify(made.files, None, today=TODAY, dump=dump, asked=asked.hex())
    return reading.parts[ChipPart.ACTIVE_AUTHENTICATION]


def made_with(kind: ActiveAuthentication) -> tuple[Passport, SigningKey]:
    made = passport(replace(PLAIN, active_authentication=kind))
    key = made.keys.active_authentication
    assert key is not None
    return made, key


def key_info(made: Passport, *, mapping: bool = False) -> str:
    """The chip's public key as a reader hands it over: in an encoding of its own."""
    key = made.keys.mapping if mapping else made.keys.chip_authentication
    assert key is not None
    named = SigningKey(Algorithm(Scheme.ECDSA, curve=key.curve.name), key)
    return bytes(named.public_key.dump()).hex()


def proven(
    made: Passport, part: ChipPart, proof: KeyProof, *, files: dict[ChipFile, bytes] | None = None
) -> PartResult:
    files = files or made.files
    dump = dumped(files, **{part.value: proof})
    return verify(files, trusting(authority().certificate), today=TODAY, dump=dump).parts[part]


@pytest.mark.parametrize("kind", ActiveAuthentication)
def test_an_answer_of_the_chips_own_key_is_verified(kind: ActiveAuthentication) -> None:
    made, key = made_with(kind)
    response = active_authentication(key, CHALLENGE)

    assert answered(made, response) == VERIFIED
    assert answered(made, changed(response, len(response) // 2, 1)) == failed(Reason.WRONG_ANSWER)
    assert answered(made, response[:-1]) == failed(Reason.WRONG_ANSWER)
    assert answered(made, active_authentication(key, bytes(8))) == failed(Reason.WRONG_ANSWER)


def test_an_ecdsa_answer_in_der_is_understood() -> None:
    made, key = made_with(ActiveAuthentication.ECDSA_SHA256)

    assert answered(made, key.sign(CHALLENGE)) == VERIFIED


def test_an_answer_to_another_challenge_is_no_proof() -> None:
    made, key = made_with(ActiveAuthentication.ECDSA_SHA256)

    assert answered(made, active_authentication(key, CHALLENGE), asked=bytes(8)) == failed(Reason.OTHER_CHALLENGE)


def test_an_examiner_believes_the_challenge_that_it_drew() -> None:
    made, key = made_with(ActiveAuthentication.ECDSA_SHA256)
    examiner = ChipExaminer(lambda: trusting(authority().certificate))
    asked = examiner.request_for(parse(made.lines))
    assert asked is not None
    assert asked.mrz == made.mrz_key
    assert asked.challenge is not None

    def examined(challenge: str) -> ChipReading:
        response = active_authentication(key, bytes.fromhex(challenge)).hex()
        answer = SignedChallenge(challenge=challenge, response=response)
        return examiner.examine(dumped(made.files, active_authentication=answer), asked=asked, today=TODAY)

    own, other = examined(asked.challenge), examined("00" * 8)
    assert own.verdict is Verdict.VERIFIED
    assert own.parts[ChipPart.ACTIVE_AUTHENTICATION] == VERIFIED
    assert other.parts[ChipPart.ACTIVE_AUTHENTICATION] == failed(Reason.OTHER_CHALLENGE)


def test_a_key_that_is_not_signed_proves_nothing() -> None:
    made, _ = made_with(ActiveAuthentication.ECDSA_SHA256)
    other, key = made_with(ActiveAuthentication.RSA_SHA256)
    copy = replace(made, files={**made.files, ChipFile.DG15: other.files[ChipFile.DG15]})

    assert answered(copy, active_authentication(key, CHALLENGE)) == not_checked(Reason.KEY_NOT_SIGNED)


def test_what_was_not_offered_or_not_done_is_said() -> None:
    bare = ChipOptions(portrait_bytes=60_000, active_authentication=None, chip_authentication=None, pace=())

    def reasons(options: ChipOptions) -> list[str]:
        parts = verify(passport(options).files, None, today=TODAY).parts
        return [parts[part].reason for part in COPY_PROTECTION]

    assert reasons(bare) == [Reason.NOT_OFFERED] * 3
    assert reasons(CAM) == [Reason.NOT_DONE] * 3


def test_chip_authentication_is_believed_with_the_key_that_is_signed() -> None:
    made = passport(CAM)
    part = ChipPart.CHIP_AUTHENTICATION
    right = KeyProof(outcome=Proof.PASSED, public_key=key_info(made))

    assert proven(made, part, right) == VERIFIED
    assert proven(made, part, KeyProof(outcome=Proof.FAILED, public_key=right.public_key)) == failed(
        Reason.PROOF_FAILED
    )
    assert proven(made, part, KeyProof(outcome=Proof.PASSED, public_key=key_info(passport()))) == failed(
        Reason.OTHER_KEY
    )
    assert proven(made, part, KeyProof(outcome=Proof.PASSED)) == failed(Reason.OTHER_KEY)
    tampered = {**made.files, ChipFile.DG14: changed(made.files[ChipFile.DG14], -1, 1)}
    assert proven(made, part, right, files=tampered) == not_checked(Reason.KEY_NOT_SIGNED)


def test_the_mapping_of_pace_is_believed_with_the_key_in_card_security() -> None:
    made = passport(CAM)
    part = ChipPart.PACE_CAM
    right = KeyProof(outcome=Proof.PASSED, public_key=key_info(made, mapping=True))

    assert proven(made, part, right) == VERIFIED
    assert proven(made, part, KeyProof(outcome=Proof.PASSED, public_key=key_info(made))) == failed(Reason.OTHER_KEY)
    for tampered in (b"", changed(made.files[ChipFile.CARD_SECURITY], -1, 1)):
        files = {**made.files, ChipFile.CARD_SECURITY: tampered}
        assert proven(made, part, right, files=files) == not_checked(Reason.KEY_NOT_SIGNED)


def test_the_mapping_is_believed_of_the_same_trusted_state_only() -> None:
    made = passport(CAM)
    part = ChipPart.PACE_CAM
    right = KeyProof(outcome=Proof.PASSED, public_key=key_info(made, mapping=True))
    dump = dumped(made.files, pace_cam=right)
    french = make_authority("FR")
    foreign = personalise(TRAVELLER, french, options=CAM)
    mixed = {**made.files, ChipFile.CARD_SECURITY: foreign.files[ChipFile.CARD_SECURITY]}
    foreign_key = KeyProof(outcome=Proof.PASSED, public_key=key_info(foreign, mapping=True))
    both = trusting(authority().certificate, french.certificate)

    assert verify(made.files, None, today=TODAY, dump=dump).parts[part] == not_checked(Reason.KEY_NOT_SIGNED)
    said = verify(mixed, both, today=TODAY, dump=dumped(mixed, pace_cam=foreign_key)).parts[part]
    assert said == not_checked(Reason.KEY_NOT_SIGNED)


def test_one_proof_that_holds_excuses_the_other_that_was_not_given() -> None:
    made = passport(CAM)
    silent = SignedChallenge(challenge=CHALLENGE.hex(), response="")
    proof = KeyProof(outcome=Proof.PASSED, public_key=key_info(made))
    alone = dumped(made.files, active_authentication=silent)
    beside = dumped(made.files, active_authentication=silent, chip_authentication=proof)

    def judged(dump: ChipDump) -> ChipReading:
        return verify(made.files, trusting(authority().certificate), today=TODAY, dump=dump, asked=CHALLENGE.hex())

    assert judged(alone).parts[ChipPart.ACTIVE_AUTHENTICATION] == failed(Reason.NO_ANSWER)
    assert judged(beside).parts[ChipPart.ACTIVE_AUTHENTICATION] == not_checked(Reason.NO_ANSWER)
    assert judged(beside).verdict is Verdict.VERIFIED
    assert judged(dumped(made.files)).verdict is Verdict.NOT_CHECKED
