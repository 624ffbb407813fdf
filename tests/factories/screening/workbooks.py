"""XLSX and ZIP files as no honest program writes them, and the parts to make them from."""

import io
import zipfile
from collections.abc import Mapping

CONTENT_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
REFERENCE = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
DATED = f'<styleSheet {MAIN}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'


def archive(members: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return out.getvalue()


def text_row(number: int, *values: str) -> str:
    cells = "".join(f'<c t="inlineStr"><is><t>{value}</t></is></c>' for value in values)
    return f'<row r="{number}">{cells}</row>'


def workbook(*rows: str, sheets: int = 1, from_1904: bool = False, **more: str) -> bytes:
    """A workbook whose first sheet has these rows. ``more`` are parts by name, with "__" for "/"."""
    named = "".join(f'<sheet name="Sheet{n}" sheetId="{n}" r:id="r{n}"/>' for n in range(1, sheets + 1))
    epoch = '<workbookPr date1904="1"/>' if from_1904 else ""
    relations = "".join(
        f'<Relationship Id="r{n}" Type="{RELATION}" Target="worksheets/sheet{n}.xml"/>' for n in range(1, sheets + 1)
    )
    parts = {
        "[Content_Types].xml": CONTENT_TYPES,
        "xl/workbook.xml": f"<workbook {MAIN} {REFERENCE}>{epoch}<sheets>{named}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f"<Relationships>{relations}</Relationships>",
        "xl/styles.xml": DATED,
        "xl/worksheets/sheet1.xml": sheet(*rows),
    }
    return archive(parts | {name.replace("__", "/") + ".xml": part for name, part in more.items()})


def sheet(*rows: str) -> str:
    return f"<worksheet {MAIN}><sheetData>{''.join(rows)}</sheetData></worksheet>"
