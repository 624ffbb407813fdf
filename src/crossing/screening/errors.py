"""What can go wrong with lists, in the domain's words."""

from crossing.platform.errors import DomainError, Kind


class ListUnknown(DomainError):
    kind = Kind.NOT_FOUND
    code = "list_unknown"
    message = "There is no list with this code. Its first import needs a name and a format."


class FormatUnknown(DomainError):
    code = "list_format_unknown"
    message = "There is no such list format. Known formats: {known}."


class FormatDiffers(DomainError):
    kind = Kind.CONFLICT
    code = "list_format_differs"
    message = "This list is kept in the format {format}; another list needs another code."


class ListTooLarge(DomainError):
    kind = Kind.TOO_LARGE
    code = "list_too_large"
    message = "The list is too large: at most {max_megabytes} MB and {max_entries} entries are accepted."


class ListMalformed(DomainError):
    code = "list_malformed"
    message = "The file is damaged or not a list of this format (line {line}). The list in use was not changed."


class ListCutShort(ListMalformed):
    message = (
        "The file ends in line {line} in the middle of the list: it was cut short. The list in use was not changed."
    )


class ListQuoteOpen(ListMalformed):
    message = (
        "A quotation mark that is opened in line {line} is closed nowhere, or in a wrong place. The list in use was "
        "not changed."
    )


class ListHasNul(ListMalformed):
    message = "Line {line} has NUL characters, so the file is no text or damaged. The list in use was not changed."


class ListHasDoctype(ListMalformed):
    message = (
        "The file declares a document type or entities (line {line}), which no list needs and which is not read. The "
        "list in use was not changed."
    )


class ListIsNoTable(ListMalformed):
    message = "This is a PDF document. A list comes as CSV, XLSX, JSON or XML. The list in use was not changed."


class ListFileEmpty(ListMalformed):
    message = "The file is empty. The list in use was not changed."


class ListColumnsMissing(DomainError):
    code = "list_columns_missing"
    message = "The file lacks columns that this format needs: {columns}. The list in use was not changed."


class ListFieldsUnmapped(ListColumnsMissing):
    message = (
        "No column is said to be {columns}, which this format needs. Name one for each: FIELD=COLUMN. The list in "
        "use was not changed."
    )


class ListMappedColumnsMissing(ListColumnsMissing):
    message = (
        "The file lacks columns that the mapping names: {columns}. Is it the right file? Otherwise give another "
        "mapping. The list in use was not changed."
    )


class ListColumnUnclear(DomainError):
    code = "list_column_unclear"
    message = "The file has the column {columns} twice, so it is not clear which one is meant. Nothing was changed."


class ListMappingUnknown(DomainError):
    code = "list_mapping_unknown"
    message = "The column mapping names fields that this format does not have: {fields}. It has: {known}."


class ListSheetMissing(DomainError):
    code = "list_sheet_missing"
    message = "The workbook has no sheet of this name. Its sheets: {sheets}."


class ListRecordsMissing(DomainError):
    code = "list_records_missing"
    message = "The file has no list of records where they were looked for ({path}). Nothing was changed."


class ListFileMissing(DomainError):
    code = "list_file_missing"
    message = "This list comes as several files, together or in one ZIP, and {file} is missing. Nothing was changed."


class ListNotUtf8(DomainError):
    code = "list_not_utf8"
    message = (
        "The file is not UTF-8 text (line {line}), and its encoding can not be told with certainty. In Excel, save "
        "it as “CSV UTF-8” or as .xlsx. The list in use was not changed."
    )


class ListFormulaRefused(DomainError):
    code = "list_formula_refused"
    message = (
        "The cell in line {line}, column {column} holds a formula or an error, so its value can not be trusted. Save "
        "the sheet with values only. The list in use was not changed."
    )


class ListWorkbookUnsafe(DomainError):
    code = "list_workbook_unsafe"
    message = (
        "The workbook has macros, links to other files or embedded objects. Save it as a plain .xlsx file with "
        "values only. The list in use was not changed."
    )


class ListWorkbookOld(DomainError):
    code = "list_workbook_old"
    message = (
        "The workbook is in an old format or protected by a password. Save it as .xlsx without a password. The list "
        "in use was not changed."
    )


class ListArchiveRefused(DomainError):
    code = "list_archive_refused"
    message = (
        "The archive is refused: it holds another archive, too many files or encrypted ones, or unpacks to more than "
        "{max_megabytes} MB or {max_ratio} times its size. The list in use was not changed."
    )


class ListKeyRepeated(DomainError):
    code = "list_key_repeated"
    message = "In the record at line {line} one name comes twice, so it is not clear which value is meant."


class ListEmpty(DomainError):
    code = "list_empty"
    message = "The file has no usable entry ({skipped} were skipped). The list in use was not changed."


class ListShrank(DomainError):
    kind = Kind.CONFLICT
    code = "list_shrank"
    message = (
        "The file has {new} entries where the list in use has {old}: it may be cut short. The list in use was not "
        "changed. Import it again and accept the loss if it is meant."
    )


class ListPortraitsLost(DomainError):
    kind = Kind.CONFLICT
    code = "list_portraits_lost"
    message = (
        "With this file the list would have {new} portraits, where the one in use has {old}. The list in use was not "
        "changed. Send the portraits too, or accept the loss if it is meant."
    )


class ListOlder(DomainError):
    kind = Kind.CONFLICT
    code = "list_older"
    message = "The file is of {as_of}, older than the list in use ({serving}). The list in use was not changed."


class ListDateMissing(DomainError):
    code = "list_date_missing"
    message = "The file does not say of which date it is. Give the date of the list. The list in use was not changed."


class ListDatedLater(DomainError):
    code = "list_dated_later"
    message = (
        "The file says that it is of {own}. It can't be dated later ({given}): people would be cleared by a list "
        "that is older than it looks. Leave the date out. The list in use was not changed."
    )


class ListFromTheFuture(DomainError):
    code = "list_from_the_future"
    message = "The file is of {as_of}, which is in the future. Check the date, and this machine's clock."


class ListSignerDiffers(DomainError):
    """The fingerprints are their first groups; whoever means the change gives the new one whole."""

    kind = Kind.CONFLICT
    code = "list_signer_differs"
    message = (
        "The list in use is signed by {serving} ({serving_fingerprint}), this file by {new} ({new_fingerprint}), and "
        "no link certificate leads from one to the other. The list in use was not changed. If the change is meant, "
        "import it with the fingerprint of the new signer; a list of another State needs another code."
    )


class ListSignerUnconfirmed(DomainError):
    """``fingerprint`` is whole: it is what has to be compared, and then sent."""

    kind = Kind.CONFLICT
    code = "list_signer_unconfirmed"
    message = (
        "No list was imported under this code before, and this file is signed by {new}. Compare the SHA-256 of its "
        "country signing certificate with the one that the State published, and send it as the signer: {fingerprint}"
    )


class ListSignerUnexpected(DomainError):
    kind = Kind.CONFLICT
    code = "list_signer_unexpected"
    message = (
        "The file is signed by {new} ({new_fingerprint}), not by the signer that was given ({given}). Nothing was "
        "changed."
    )


class ListUnsigned(DomainError):
    code = "list_unsigned"
    message = "A signer was given, but a list of this format has none. Nothing was changed."


class ListOvertaken(DomainError):
    kind = Kind.CONFLICT
    code = "list_overtaken"
    message = "Another import of this list began meanwhile, and this one was given up. Nothing of it was kept."


class ListImportCancelled(DomainError):
    kind = Kind.CONFLICT
    code = "list_import_cancelled"
    message = "The import was cancelled. The list in use was not changed."


class ListImportsFull(DomainError):
    kind = Kind.THROTTLED
    code = "list_imports_full"
    message = "{waiting} imports wait already. Upload the list again when one has ended."


class ListImportRunning(DomainError):
    kind = Kind.CONFLICT
    code = "list_import_running"
    message = "An import of this list is running or waits. Let it end, or cancel it."


class ListImportUnknown(DomainError):
    kind = Kind.NOT_FOUND
    code = "list_import_unknown"
    message = "There is no such import."


class ListImportTooLate(DomainError):
    kind = Kind.CONFLICT
    code = "list_import_too_late"
    message = "The import has ended, or the new version is being put in its place: it can't be cancelled any more."


class ListVersionUnknown(DomainError):
    kind = Kind.NOT_FOUND
    code = "list_version_unknown"
    message = "The list has no version {number}."


class ListVersionForgotten(DomainError):
    kind = Kind.CONFLICT
    code = "list_version_forgotten"
    message = (
        "It is no longer kept whom version {number} of this list had; what was found then stays with each "
        "traveller's checks."
    )


class ListEntryUnknown(DomainError):
    kind = Kind.NOT_FOUND
    code = "list_entry_unknown"
    message = "The version in use has no entry with this reference."


class ListEndingAlone(DomainError):
    kind = Kind.FORBIDDEN
    code = "list_ending_alone"
    message = "One officer asks for the end of an entry, and another ends it."


class ListEntryNotEnded(DomainError):
    kind = Kind.CONFLICT
    code = "list_entry_not_ended"
    message = "The entry was not ended here, so there is nothing to take back."


class ListNotWhole(DomainError):
    kind = Kind.CONFLICT
    code = "list_not_whole"
    message = "The version in use is not as it was imported: its seal does not hold. Import the list again first."


class ListKeptHere(DomainError):
    kind = Kind.CONFLICT
    code = "list_kept_here"
    message = (
        "The entries of this list are proposed by one officer and approved by another; they come and go no other way."
    )


class ListNotImported(DomainError):
    kind = Kind.CONFLICT
    code = "list_not_imported"
    message = "The list has no version yet."


class ListStoreAbsent(DomainError):
    kind = Kind.UNAVAILABLE
    code = "list_store_absent"
    message = "This machine keeps no files, so no list of trust can be imported here."


class ClearanceUnknown(DomainError):
    kind = Kind.NOT_FOUND
    code = "clearance_unknown"
    message = "There is no such remembered finding."


class ClearanceRevoked(DomainError):
    kind = Kind.CONFLICT
    code = "clearance_revoked"
    message = "This finding has been taken back already."


class ListNoRoom(DomainError):
    kind = Kind.UNAVAILABLE
    code = "list_no_room"
    message = "The disk has {free} MB free, and this import needs up to {needed} MB. The list in use was not changed."


class ListFileChanged(DomainError):
    kind = Kind.CONFLICT
    code = "list_file_changed"
    message = "The file changed while it was read. The list in use was not changed. Import it again."


class ListNotWritten(DomainError):
    kind = Kind.UNAVAILABLE
    code = "list_not_written"
    message = (
        "What was written can't be read back as it was meant: check this machine's disk. The list in use was not "
        "changed."
    )


class ListChangesAlone(DomainError):
    code = "list_changes_alone"
    message = (
        "The file holds changes alone. Say which file they were made for, or import the whole list. The list in use "
        "was not changed."
    )


class ListTakesNoChanges(DomainError):
    code = "list_takes_no_changes"
    message = "A list of this format takes no changes alone. Import the whole list. The list in use was not changed."


class ListChangesOfAnother(DomainError):
    """``serving``: the SHA-256 of the file that was imported last, whole or of changes."""

    kind = Kind.CONFLICT
    code = "list_changes_of_another"
    message = (
        "The changes were made for another file than the one imported last (SHA-256 {serving}). Import what came "
        "between, or the whole list. The list in use was not changed."
    )


class ListBaseLost(DomainError):
    kind = Kind.CONFLICT
    code = "list_base_lost"
    message = (
        "The list in use is missing or damaged on this machine, so nothing can be laid over it. Import the whole "
        "list."
    )


class DatasetUnknown(DomainError):
    kind = Kind.NOT_FOUND
    code = "dataset_unknown"
    message = "There is no such dataset here: a list's code, default or sanctions."


class ListNotBelieved(DomainError):
    kind = Kind.UNAVAILABLE
    code = "list_not_believed"
    message = "A list is too old or damaged to say that somebody is not on it: {lists}"


class ServicesFileUnusable(DomainError):
    code = "services_file_unusable"
    message = "The file of watchlist services can't be used: {path}: {problems}"
