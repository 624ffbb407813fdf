"""What can go wrong with faces, in the field's words. None of it stops a traveller from being registered."""

from crossing.platform.errors import DomainError, Kind


class EnginesDiffer(DomainError):
    """Templates of two engines, versions or calibrations were to be compared; the number would mean nothing."""

    kind = Kind.CONFLICT
    code = "face_engines_differ"
    message = "These two face templates come from different engines and cannot be compared: {first} and {second}."


class NoFaceFound(DomainError):
    kind = Kind.INVALID
    code = "face_not_found"
    message = "No face was found in the image."


class FaceModelsMissing(DomainError):
    """The weights are absent, or the packages that run them are not installed (the ``post`` extra)."""

    kind = Kind.UNAVAILABLE
    code = "face_models_missing"
    message = "Faces cannot be compared on this machine: {what} is missing."


class FaceModelInvalid(DomainError):
    """A model can't be run, or is not the file that was pinned or that its description means."""

    kind = Kind.UNAVAILABLE
    code = "face_model_invalid"
    message = "The face model {what} can't be used: {why}."


class ThresholdUnknown(DomainError):
    """No error rates were measured for this engine, so no score of it may be turned into a decision."""

    kind = Kind.UNAVAILABLE
    code = "face_threshold_unknown"
    message = "No measured thresholds exist for the face engine {engine} {version}."


class ThresholdsUnreadable(DomainError):
    """The table of thresholds that a setting names is absent, or is none of this version's."""

    kind = Kind.UNAVAILABLE
    code = "face_thresholds_unreadable"
    message = "The table of face thresholds can't be used: {what}."


class FaceEngineFailed(DomainError):
    """The engine could be opened, and then failed on a picture."""

    kind = Kind.UNAVAILABLE
    code = "face_engine_failed"
    message = "The face engine failed on this picture."


class MonthsReversed(DomainError):
    kind = Kind.INVALID
    code = "months_reversed"
    message = "The first month is after the last."
