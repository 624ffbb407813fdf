"""What the officer is told: every reason as a code with values, and the English sentence behind each code.

The ledger keeps codes and values, so that a page can show an old check in any language.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from crossing.platform.i18n import mark

EXPLANATIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "name_same": mark("The name is the same: {listed}"),
        "name_same_spelling": mark("The name is the same but for its spelling or order: {listed}"),
        "name_close": mark("The name is close ({percent} %): {listed}"),
        "name_partial": mark("A part of the name is the same: {listed}"),
        "name_cut": mark("The name in the document is cut; what there is of it fits: {listed}"),
        "parts_agree": mark("These parts of the names agree: {parts}"),
        "parts_spelled": mark("These parts are one name, written in two ways: {parts}"),
        "parts_akin": mark("These parts are akin, but parents choose between them: {parts}"),
        "parts_close": mark("These parts are nearly the same: {parts}"),
        "parts_initial": mark("An initial stands for one of these parts: {parts}"),
        "parts_cut": mark("The document has no room for the end of this part: {parts}"),
        "parts_differ": mark("These parts differ: {mine} here, {listed} there"),
        "parts_only_asked": mark("Only the first name has: {parts}"),
        "parts_only_listed": mark("Only the other name has: {parts}"),
        "parts_left_out": mark("The name has more parts than are compared. Left out: {parts}"),
        "part_on_list": mark("{count} of the {total} names on the list have the part {part}."),
        "part_among_travellers": mark("{count} of the {total} travellers seen have the part {part}."),
        "name_common": mark(
            "The name is common: by what is known of names, about one person in {of} has these parts."
        ),
        "name_telling": mark("The name is rare: few people have all these parts."),
        "twin_names": mark("These are names that twins are given."),
        "order_father_son": mark("Who is the father in one name is the child in the other."),
        "order_other_order": mark(
            "The names stand in another order. Where a father's name follows one's own, that is another person."
        ),
        "order_turned": mark("The names stand in another order, as one person's papers may have them too."),
        "order_own_missing": mark("The person's own name is missing from one: it may be the father's name alone."),
        "sexes_of_names_differ": mark("One is a man's name, the other a woman's."),
        "elder_and_younger": mark("Only one of the names says junior or senior, or they say different things."),
        "alias": mark("The listed name is an alias."),
        "weak_alias": mark("The listed name is an alias that the list calls weak."),
        "birth_same": mark("The date of birth is the same: {listed}"),
        "birth_year_same": mark("The year of birth is the same; the day is not known on both sides: {listed}"),
        "birth_near": mark("The year of birth is near: {listed}"),
        "birth_one_part_off": mark("Only the day, the month or the year of birth is another one: {listed}"),
        "birth_slip": mark("The dates of birth differ by one digit: {listed}"),
        "birth_swapped": mark("Day and month of birth are exchanged: {listed}"),
        "birth_placeholder": mark(
            "One date of birth is 1 January, which often means that only the year is known: {listed}"
        ),
        "birth_unknown": mark("The date of birth can't be compared."),
        "birth_differs": mark("The date of birth is another one: {listed}"),
        "nationality_same": mark("The nationality is the same: {listed}"),
        "nationality_differs": mark("The nationality is another one: {listed}"),
        "sex_differs": mark("The sex is another one: {listed}"),
        "faces_unusable": mark("In {unusable} of the list's {of} portraits the face engine finds no face."),
        "faces_waiting": mark("{waiting} of the list's {of} portraits have not been compared yet."),
        "document_same": mark("The document number is the same: {listed}"),
        "document_twin": mark("The document number is the same where O is read as 0 or I as 1: {listed}"),
        "document_weak_twin": mark(
            "The document number is the same where a letter and a digit that look alike are taken for each other: "
            "{listed}"
        ),
        "document_in_range": mark("The document number is in a listed range: {listed}"),
        "vin_same": mark("The vehicle identification number is the same: {listed}"),
        "vin_twin": mark(
            "The vehicle identification number is the same where characters that look alike are exchanged: {listed}"
        ),
        "vin_check_digit": mark("The check digit of the number that was read does not fit: read it again."),
        "plate_same": mark("The number plate is the same: {listed}"),
        "plate_twin": mark("The number plate is the same where characters that look alike are exchanged: {listed}"),
        "plate_country_unknown": mark("It is not known on both sides which State gave the plate."),
        "vehicle_looks": mark("The listed vehicle: {listed}"),
        "vehicle_reason": mark("Why the vehicle is listed: {reason}"),
        "document_issuer_unknown": mark("The list does not say which State issued the document."),
        "document_issuer_differs": mark("The list names another issuing State: {listed}"),
        "document_type_differs": mark("The list names another kind of document: {listed}"),
        "document_reason": mark("Why the document is listed: {reason}"),
        "face_like": mark("The face is like the listed portrait. A face alone never decides: compare them yourself."),
        "face_doubted_before": mark("An officer doubted another photograph of this traveller: compare this one too."),
        "face_like_earlier": mark(
            "The face is like that of a traveller of {date}. A face alone never decides: compare them yourself."
        ),
        "other_name_then": mark("Another name was given on {date}: {listed}"),
        "other_birth_then": mark("Another date of birth was given on {date}: {listed}"),
        "other_document_then": mark("Another document was shown on {date}: {listed}"),
        "seen_before": mark("The face is like that of the same traveller on {date}."),
        "seen_before_unlike": mark("The face is less like that of the same traveller on {date} than is usual."),
        "faces_same": mark("{by} compared the two pictures: the same person."),
        "faces_other": mark("{by} compared the two pictures: another person."),
        "faces_unsure": mark("{by} compared the two pictures and is not sure."),
        "faces_not_compared": mark("Nobody has compared the two pictures yet."),
        "cleared_before": mark("{first} and {second} found on {date} that this traveller is not the listed person."),
        "ahead_late_hit": mark(
            "Let through at {post}, lane {lane}, on {at}; what is said here was found after that."
        ),
        "ahead_left_undecided": mark("Left {post}, lane {lane}, on {at} before anybody had decided."),
        "ahead_confirmed_hit": mark(
            "The second line of {post} confirmed it on {at}, lane {lane}; the traveller went on."
        ),
        "ahead_why": mark("Found there: {what}"),
        "ahead_call": mark("Before you decide, call {post} or the capital."),
        "hits_left_out": mark("{count} more entries of this list were found and are not shown here."),
        "review_overdue": mark("The entry was due for review on {date}."),
        "list_expired": mark("The list is {days} days old; it counts for {limit} days."),
        "list_not_whole": mark("The list on this machine is not as it was imported: its seal does not hold."),
        "said_by_source": mark("{text}"),
        "matched_by_source": mark("The national server gives it {percent} %."),
        "scored_by_service": mark("The service gives it {percent} %."),
        "owner_bureau": mark("The record belongs to {bureau}, which has to confirm it."),
        "fraud_stolen": mark("The document is reported stolen."),
        "fraud_stolen_blank": mark("The document is reported stolen before it was issued."),
        "fraud_lost": mark("The document is reported lost."),
        "fraud_revoked": mark("The document is revoked."),
    }
)

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "no_list": mark("There is no such list on this machine."),
        "list_expired": mark("The list is too old to say that somebody is not on it."),
        "list_not_whole": mark("The list on this machine is not as it was imported: its seal does not hold."),
        "list_not_loaded": mark("This list was never imported to its end: nobody can be looked up in it."),
        "list_format_unknown": mark("This version of the program does not know the format of this list."),
        "name_too_common": mark("The name is too common on this list to be compared without a date of birth."),
        "name_too_long": mark("The name has too many parts to be compared whole."),
        "no_name": mark("There is no name to ask with."),
        "name_unreadable": mark("The name holds no letter that a list could be asked with."),
        "no_document": mark("There is no document number to ask with."),
        "number_unreadable": mark("The number holds no letter and no digit that a list could be asked with."),
        "no_vehicle": mark("There is no number plate and no VIN to ask with."),
        "no_plate_country": mark("INTERPOL is asked about a plate only together with the country that gave it."),
        "pending": mark("The answer had not come yet."),
        "no_face": mark("There is no usable portrait to compare."),
        "no_page": mark("No page was scanned: there is no portrait of a document to compare."),
        "no_face_engine": mark("No face engine could be opened on this machine. The pictures are kept."),
        "no_listed_face": mark("No portrait of this list can be compared."),
        "portrait_exception": mark("There is no portrait to compare, for the reason that the officer noted."),
        "switched_off": mark("This check is switched off on this machine."),
        "faces_not_ready": mark("The face engine has not looked at every portrait yet."),
        "faces_unusable": mark("In too many portraits of this list the face engine finds no face."),
        "engine_failed": mark("The check failed on this machine."),
        "timeout": mark("The answer did not come in time."),
        "no_bridge": mark("No INTERPOL bridge is set up here."),
        "unreachable": mark("The service that answers this can't be reached."),
        "refused": mark("The service that answers this refused the question."),
        "throttled": mark("Too many questions were asked at once."),
        "malformed_answer": mark("The answer could not be understood."),
        "stale_copy": mark("The offline copy is too old."),
        "backend_error": mark("The service that answers this failed."),
        "circuit_open": mark("The questions failed repeatedly; nothing more is asked there for a moment."),
        "unsupported": mark("This question is not supported there."),
        "no_chip": mark("No chip was found."),
        "chip_reader_away": mark("The chip reader could not be reached."),
        "chip_refused": mark("The chip did not open with what was read of the document."),
        "chip_lost": mark("The chip left the reader before it was read."),
        "chip_unreadable": mark("The chip could not be read."),
        "chip_signer_unknown": mark("No master list here says who may sign this chip."),
        "chip_incomplete": mark("Not everything on the chip could be checked."),
    }
)

CHECKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "document_validity": mark("Document validity"),
        "document_chip": mark("Chip of the document"),
        "document_list": mark("Document lists"),
        "name_list": mark("Name lists"),
        "vehicle_list": mark("Vehicle lists"),
        "face_list": mark("Faces on lists"),
        "face_recent": mark("Face against recent travellers"),
        "face_match": mark("Face and document portrait"),
        "interpol_sltd": mark("INTERPOL: stolen and lost documents"),
        "interpol_tdawn": mark("INTERPOL: documents with notices"),
        "interpol_nominals": mark("INTERPOL: persons"),
        "interpol_smv": mark("INTERPOL: stolen vehicles"),
        "national_lists": mark("Lists of the national server"),
        "watchlist_service": mark("Watchlist services"),
        "watchlist_vehicle": mark("Watchlist services: vehicles"),
        "known_traveller": mark("Known traveller"),
    }
)
