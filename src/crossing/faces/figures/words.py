"""What is read beside the figures by group: English sentences, the message ids, behind stable codes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from crossing.platform.i18n import mark

NOTES: Final = (
    mark("Officers judge almost only what the engine raised: a wrong match that it did not doubt is not counted."),
    mark("Someone on a list whom the engine did not find is not counted: misses of lists cannot be seen here."),
    mark("An officer's judgement is no ground truth, and officers too may judge one group less well than another."),
    mark("Groups cross at other posts, with other documents and in other light: a difference has several causes."),
)

KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "portrait": mark("Live portraits"),
        "face_match": mark("Live face against the document"),
        "face_list": mark("Searches of lists"),
        "face_recent": mark("Searches of recent travellers"),
    }
)

COUNTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "crossings": mark("Crossings"),
        "pictured": mark("With a live picture"),
        "excepted": mark("With a reason for no usual portrait"),
        "absent": mark("Without a live picture"),
        "acquired": mark("Face found"),
        "failed": mark("No face found"),
        "veil": mark("Face veil (the face is not visible)"),
        "injury": mark("Injury"),
        "child": mark("Child"),
        "other_reason": mark("Another reason"),
        "comparisons": mark("Comparisons"),
        "match": mark("Match"),
        "raised": mark("Raised to the officer"),
        "inconclusive": mark("Inconclusive"),
        "no_match": mark("No match"),
        "searches": mark("Searches"),
        "no_candidate": mark("Without a candidate"),
        "with_candidate": mark("With a candidate"),
        "candidates": mark("Candidates"),
        "judged_same": mark("Judged the same person"),
        "judged_other": mark("Judged another person"),
        "judged_unsure": mark("Judged unsure"),
        "not_judged": mark("Not judged"),
    }
)

RATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "failure_to_acquire": mark("Failure to acquire (FTA)"),
        "excepted": mark("Share with a reason for no usual portrait"),
        "raised": mark("Share raised to the officer"),
        "inconclusive": mark("Share inconclusive"),
        "no_match": mark("Share of no match"),
        "field_false_non_match": mark("False non-match in the field (judged the same person, of comparisons)"),
        "with_candidate": mark("Share of searches with a candidate"),
        "candidates_per_search": mark("Candidates per search"),
        "judged_same": mark("Share judged the same person"),
        "judged_other": mark("Share judged another person (false positive in the field)"),
    }
)
