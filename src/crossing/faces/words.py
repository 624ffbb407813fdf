"""What the officer reads about faces: English sentences, the message ids, behind stable codes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from crossing.faces.errors import FaceModelInvalid, FaceModelsMissing, ThresholdsUnreadable, ThresholdUnknown
from crossing.platform.i18n import mark

HINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "no_face": mark("No face was found in the photograph."),
        "several_faces": mark("More than one face is in the picture. The largest one was taken."),
        "face_small": mark("The face is small in the picture. Come closer to the camera."),
        "face_close": mark("The face is too close. Step back from the camera."),
        "face_cut": mark("The face reaches over the edge of the picture."),
        "off_centre": mark("The face is far from the middle of the picture."),
        "turned": mark("The head is turned to one side. Look straight into the camera."),
        "tilted": mark("The head is tilted towards a shoulder."),
        "nodding": mark("The head is raised or lowered. Look straight into the camera."),
        "blurred": mark("The face is blurred. Hold still."),
        "dark": mark("The face is too dark. More light is needed."),
        "bright": mark("The face is too bright. Less light is needed."),
        "burnt": mark("Parts of the face are plain white. Turn the light away from the face."),
        "uneven": mark("One half of the face is in shadow. Light it from the front."),
        "flat": mark("The face has little contrast."),
        "eyes_closed": mark("The eyes cannot be seen open. Look into the camera with open eyes."),
        "eyes_covered": mark("The eyes are covered. Take off dark glasses."),
        "background": mark("The background is uneven. A plain, evenly lit wall behind the traveller helps."),
    }
)

CUES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "frames_identical": mark("Every frame of the camera was the same picture."),
        "screen_pattern": mark("The face shows a fine regular pattern, as a screen does. Look at the traveller."),
        "persons_differ": mark("The frames show different persons. Look who stands before the camera."),
    }
)

SUPPORT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "extremely_strong_same": mark("Extremely strong support that both pictures show the same person."),
        "very_strong_same": mark("Very strong support that both pictures show the same person."),
        "strong_same": mark("Strong support that both pictures show the same person."),
        "moderately_strong_same": mark("Moderately strong support that both pictures show the same person."),
        "moderate_same": mark("Moderate support that both pictures show the same person."),
        "weak_same": mark("Weak support that both pictures show the same person."),
        "none": mark("The pictures support neither that it is the same person nor that it is not."),
        "weak_different": mark("Weak support that the pictures show different persons."),
        "moderate_different": mark("Moderate support that the pictures show different persons."),
        "moderately_strong_different": mark("Moderately strong support that the pictures show different persons."),
    }
)

TROUBLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        error.code: error.message
        for error in (FaceModelInvalid, FaceModelsMissing, ThresholdUnknown, ThresholdsUnreadable)
    }
)
"""Why an engine can't serve, by the code of the error. Their places are filled with names of files and engines."""
