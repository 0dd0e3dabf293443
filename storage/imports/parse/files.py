"""The tables of a downloaded file: CSV, an archive of CSV files, or a workbook. All sizes are bounded."""

import codecs
import hashlib
import itertools
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from storage.imports.errors import BrokenFile
from storage.imports.parse.csv_table import CsvTable, TableSizes, from_rows, parse_csv
from storage.imports.parse.xlsx import sheets
from storage.system.bounded_zip import open_zip

MOST_BYTES = 32_000_000  # unpacked, all tables of a file together
MOST_MEMBERS = 200
_CHUNK = 65_536
#: Others unpack without a bound: a few kilobytes of bzip2 to gigabytes at once.
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_TABLES = (".csv", ".tsv", ".txt")
_SMALLER = "export fewer days at a time"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
#: What other kinds of files begin with, whatever their names say.
_OTHER_KINDS = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an old Excel file (.xls)",
    b"<?xml": "an XML file, as old Excel ones may be",
    b"<!doctype html": "a web page",
    b"<html": "a web page",
    b"<table": "a web page",
    b"%pdf-": "a PDF",
    b"{": "JSON",
    b"\x1f\x8b": "a compressed file",
}


def digest(path: Path) -> str:
    """Return the file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tables(path: Path) -> list[CsvTable]:
    """Read every table of ``path``.

    Raises:
        BrokenFile: it is not what its first bytes say, not UTF-8, or too large.
        OSError: it cannot be read.
    """
    if zipfile.is_zipfile(path):
        return _archived(path)
    if path.stat().st_size > MOST_BYTES:
        raise BrokenFile(f"larger than {MOST_BYTES // 1_000_000} MB", remedy=_SMALLER)
    return [parse_csv(decoded(path.read_bytes()), name=path.name)]


def refuse_other_kinds(body: bytes) -> None:
    """Raise :class:`BrokenFile` where the first bytes tell a kind of file that is not read."""
    head = body[:64].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    kind = next((kind for mark, kind in _OTHER_KINDS.items() if head.startswith(mark)), None)
    if kind:
        kind = "a workbook with a password" if _ENCRYPTED in body else kind
        raise BrokenFile(f"{kind}, which is not read", remedy="export it anew, as CSV or XLSX")


def decoded(body: bytes) -> str:
    """Return the text of UTF-8, or of UTF-16 that says so with its mark.

    Raises:
        BrokenFile: it is neither, or another kind of file; no other encoding is guessed, because a wrong guess spoils names.
    """
    refuse_other_kinds(body)
    utf16 = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if utf16 else "utf-8-sig"
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        raise BrokenFile(
            f"byte {error.object[error.start]:#04x} is not {encoding.removesuffix('-sig').upper()}",
            line=body.count(b"\n", 0, error.start) + 1,
            remedy="take the file as it was downloaded, or save it as CSV UTF-8",
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise BrokenFile("not a text file (NUL byte)", line=line, remedy="export it again as CSV")
    return text


def _archived(path: Path) -> list[CsvTable]:
    try:
        with path.open("rb") as file, open_zip(file) as archive:
            unpack = _Unpacked(archive)
            if len(unpack.members) > MOST_MEMBERS:
                raise BrokenFile(
                    f"more than {MOST_MEMBERS} files in the archive",
                    remedy="unpack it, and import the tables one by one",
                )
            is_workbook = "xl/workbook.xml" in unpack.names
            parsed = list((_workbook if is_workbook else _csv_files)(unpack, path.name))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as error:
        raise BrokenFile(f"not a readable archive: {error}", remedy="download it again") from None
    if not parsed:
        names = "empty sheets" if is_workbook else ", ".join(map(_name, unpack.members[:12]))
        raise BrokenFile(
            f"no table in the file: it holds {names or 'nothing'}",
            remedy="give it as it was downloaded, with CSV files or as a workbook (XLSX)",
        )
    return parsed


def _csv_files(unpack: "_Unpacked", name: str) -> Iterator[CsvTable]:
    sizes = TableSizes()
    for member in filter(_is_table, unpack.members):
        text = decoded(b"".join(unpack(member)))
        yield parse_csv(text, name=f"{name}/{_name(member)}", sizes=sizes)


def _is_table(member: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(_name(member))
    hidden = path.name.startswith(".") or path.parts[:1] == ("__MACOSX",)
    return not member.is_dir() and not hidden and path.suffix.lower() in _TABLES


def _workbook(unpack: "_Unpacked", name: str) -> Iterator[CsvTable]:
    sizes = TableSizes()
    for sheet, rows in sheets(unpack.named, unpack.names):
        first = next(rows, None)
        if first:  # an empty sheet beside a full one is how workbooks are
            yield from_rows(itertools.chain([first], rows), name=f"{name}/{sheet}", sizes=sizes)


class _Unpacked:
    """Unpacks members, whatever sizes they claim to have, and together no further than the bound."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.members = archive.infolist()
        self.names = frozenset(archive.namelist())
        self._left = MOST_BYTES

    def __call__(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        if member.compress_type not in _PACKED:
            raise BrokenFile(
                f"{_name(member)} is packed by method {member.compress_type}; only deflate is read",
                remedy="download it again, or pack it anew as an ordinary ZIP",
            )
        with self._archive.open(member) as packed:
            while chunk := packed.read(_CHUNK):
                self._left -= len(chunk)
                if self._left < 0:
                    problem = f"larger than {MOST_BYTES // 1_000_000} MB unpacked"
                    raise BrokenFile(problem, remedy=_SMALLER)
                yield chunk

    def named(self, name: str) -> Iterator[bytes] | None:
        return self(self._archive.getinfo(name)) if name in self.names else None


def _name(member: zipfile.ZipInfo) -> str:
    """Return a member's name: where the archive does not say UTF-8, as Studio's, it is UTF-8 all the same."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return member.filename
