"""Layout of a bundle as one archive: the same content gives the same bytes, and only known files.

Nothing in it is compressed but what Parquet compresses itself: the archive then holds no more than
it weighs, and its bytes depend on no compressor.
"""

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Mapping
from typing import Any

import polars as pl

from storage.chain.keys import SigningKey
from storage.chain.links import Head
from storage.evidence.chain_tables import CHAIN_TABLES, ChainTables
from storage.evidence.contents import TABLES, EvidenceFacts, EvidenceTables
from storage.evidence.texts import numbers
from storage.evidence.wording import LANGUAGES
from storage.system.bounded_zip import open_zip
from storage.tables.json_values import json_value

FORMAT = 4
MANIFEST, FACTS, CLAIM, FIGURES = "manifest.json", "facts.json", "claim.json", "figures.json"
DEFINITIONS, METHOD = "definitions.toml", "method.md"
SIGNATURE = "signature.json"
TEXTS = {language: f"claim.{language}.txt" for language in LANGUAGES}
ROWS = {name: f"tables/{name}.parquet" for name in TABLES}
CHAIN = {name: f"chain/{name}.parquet" for name in CHAIN_TABLES}
#: Every file, in its order in the archive.
NAMES = (
    MANIFEST,
    *TEXTS.values(),
    CLAIM,
    FIGURES,
    FACTS,
    DEFINITIONS,
    METHOD,
    *ROWS.values(),
    *CHAIN.values(),
    SIGNATURE,
)
#: Those that the manifest sums, and is signed for.
SUMMED = NAMES[1:-1]
#: A bundle is not larger: all of it is read before anything is known of it.
MOST_BYTES = 2_000_000_000
#: The earliest date that the format can tell: when it was made is not in it.
_DATE = (1980, 1, 1, 0, 0, 0)
#: What stands before a stored file: fixed fields, the last two the lengths of name and extra field.
_HEADER, _SIGNATURE = 30, b"PK\x03\x04"
_UNIX, _MODE = 3, 0o100644 << 16


class NotAnArchive(Exception):
    """The file cannot be read as a bundle at all; the text says why."""


class OtherFormat(NotAnArchive):
    """A bundle that another release made, and can check: nothing is said of what it holds."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"it is of format {number}, this program checks format {FORMAT}: check it with the"
            " LiveTally that wrote it"
        )


def as_json(value: object) -> bytes:
    """Write JSON that is read by people too."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def facts_json(facts: EvidenceFacts) -> dict[str, Any]:
    """Return what :func:`storage.evidence.verify.facts_of` reads."""
    return {
        **json_value(facts),
        "as_of": facts.as_of.isoformat(),
        "known_at": facts.known_at.isoformat(),
    }


def table_files(tables: EvidenceTables) -> dict[str, bytes]:
    """Return each table as the Parquet file that holds it."""
    return {ROWS[name]: parquet(rows.cast(TABLES[name])) for name, rows in tables.named().items()}


def chain_files(chain: ChainTables) -> dict[str, bytes]:
    """Return what a bundle carries of the chain, each table as the Parquet file that holds it."""
    return {CHAIN[name]: parquet(rows) for name, rows in chain.named().items()}


def parquet(rows: pl.DataFrame) -> bytes:
    """Write a table as a bundle has it."""
    stream = io.BytesIO()
    rows.rechunk().write_parquet(stream, compression="zstd")
    return stream.getvalue()


def manifest(
    files: Mapping[str, bytes],
    *,
    version: str,
    simulated: bool,
    texts: Mapping[str, int] | None = None,
    head: Head | None = None,
    public_key: str | None = None,
) -> bytes:
    """Describe the other files: how long each is, and its SHA-256.

    ``texts`` are the numbers of :mod:`storage.evidence.texts`; those of this program if not said.
    ``head`` is that of the chain that the rows are under; ``public_key`` is whose signature it has.
    """
    sums = {name: {"bytes": len(files[name]), "sha256": sha256(files[name])} for name in SUMMED}
    return as_json(
        {
            "format": FORMAT,
            "program": "livetally",
            "version": version,
            "simulated": simulated,
            "texts": dict(numbers() if texts is None else texts),
            "head": head.fields() if head else None,
            "public_key": public_key,
            "files": sums,
        }
    )


def signature(manifest: bytes, key: SigningKey | None) -> bytes:
    """Sign the manifest, and with it every sum; without a key there is no signature."""
    return as_json({"signature": key.sign(manifest) if key else None})


def sha256(content: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def pack(files: Mapping[str, bytes]) -> bytes:
    """Put :data:`NAMES` into one archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name in NAMES:
            entry = zipfile.ZipInfo(name, _DATE)
            entry.create_system = _UNIX
            entry.external_attr = _MODE
            archive.writestr(entry, files[name])
    return stream.getvalue()


def unpack(content: bytes) -> dict[str, bytes]:
    """Return the files of an archive by name, whatever they hold.

    Raises:
        NotAnArchive: it is not an archive, or holds other files than a bundle does.
    """
    try:
        with open_zip(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            if sorted(names) == sorted(set(NAMES) - set(CHAIN.values())):
                raise OtherFormat(3)  # the one before, that had no chain
            if sorted(names) != sorted(NAMES):
                missing = sorted(set(NAMES) - set(names))
                more = sorted(set(names) - set(NAMES))
                problems = [f"missing: {', '.join(missing)}"] if missing else []
                problems += [f"not of a bundle: {', '.join(more)}"] if more else []
                raise NotAnArchive("; ".join(problems) or "a file is in it twice")
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
                raise NotAnArchive("its files are compressed; a bundle's never are")
            stated = sum(entry.file_size for entry in entries)
            if stated > len(content):  # each could be the same part of it
                more = f"{stated:,} bytes in its files"
                raise NotAnArchive(f"its directory says {more}; the archive has {len(content):,}")
            return {entry.filename: _content(content, entry) for entry in entries}
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OSError) as error:
        raise NotAnArchive(f"not an archive that can be read: {error}") from None


def _content(archive: bytes, entry: zipfile.ZipInfo) -> bytes:
    """Cut a stored file out, even where the archive's own checksum fails: ours say what differs."""
    header = archive[entry.header_offset : entry.header_offset + _HEADER]
    if len(header) < _HEADER or header[:4] != _SIGNATURE:
        raise NotAnArchive(f"{entry.filename} is not where the archive says")
    name, extra = struct.unpack("<HH", header[-4:])
    begin = entry.header_offset + _HEADER + name + extra
    content = archive[begin : begin + entry.file_size]
    if len(content) < entry.file_size:
        raise NotAnArchive(f"{entry.filename} is cut off")
    return content
