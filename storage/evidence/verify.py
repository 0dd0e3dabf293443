"""Check of a bundle from itself alone: what parts.toml says of each file, key and column of it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

import polars as pl

from storage.chain.keys import head_fault, is_signed
from storage.chain.links import Head
from storage.definitions import Definition, parse
from storage.evidence import archive, consistency, parts, texts
from storage.evidence.chain_tables import CHAIN_TABLES, ORDER, ChainTables
from storage.evidence.chain_walk import walk
from storage.evidence.claim import claim_and_figures
from storage.evidence.contents import (
    KEYS,
    TABLES,
    EvidenceFacts,
    EvidenceTables,
    computed_columns,
)
from storage.evidence.diff import diff_rows
from storage.evidence.spelling import is_packed_alike, other_bytes, other_values, read_json
from storage.evidence.wording import worded
from storage.schema import EDITIONS
from storage.tables.bounded_parquet import TooMuch, read_bounded
from storage.tables.json_values import json_value

_ROWS = archive.ROWS
_PROGRAMME = ("programme", "name_ar", "name_fr", "name_en")
_FIGURES = ("target_views", "reported_views", "reported_visitors")
_VERSION = re.compile(r"\d+(\.\d+){1,3}[a-z0-9.+-]*")
_SHOWN = 200
_PUBLIC_KEY = re.compile(r"[0-9a-f]{64}")

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifiedEvidence:
    """Result of a check: sound without ``findings``. ``claim`` is as computed anew, if it was.

    ``remarks`` say what is taken as told, since nothing in a bundle can prove it. ``public_key`` is whose
    signature it has; ``None``: it has none. ``chain`` says how far the chain proves its counts.
    """

    sha256: str
    findings: list[str]
    remarks: list[str]
    claim: dict[str, Any] | None
    public_key: str | None = None
    chain: str = "chain: not proven: it was not walked"

    @property
    def verdict(self) -> str:
        """What was found, in one line; and whose signature it has."""
        if self.findings:
            return f"{len(self.findings)} findings"
        signer = f"signed by {self.public_key}" if self.public_key else "not signed"
        return f"{parts.verdict()}; {self.chain}; {signer}"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Manifest:
    version: str
    numbers: Mapping[str, Any]
    simulated: Any
    files: Mapping[str, Any]
    head: Head | None
    public_key: str | None


class _Findings(list[str]):
    """What was found so far."""

    def attempt(self, where: str, act: Callable[[], T]) -> T | None:
        """Return what ``act`` returns; whatever makes it fail is found in that part, and gives ``None``."""
        try:
            return act()
        except archive.NotAnArchive:
            raise
        except (Exception, pl.exceptions.PanicException) as error:  # noqa: BLE001 - others wrote what it reads
            is_ours = type(error) in (ValueError, TooMuch)
            kind = "" if is_ours else f"cannot be read: {type(error).__name__}: "
            self.append(f"{where}: {kind}{' '.join(str(error).split())[:_SHOWN]}")
            return None

    def collect(self, where: str, act: Callable[[], list[str]]) -> None:
        """Add what ``act`` finds."""
        self += self.attempt(where, act) or []


def verify_evidence(
    content: bytes,
    *,
    version: str,
    key: str | None = None,
    published: Sequence[tuple[str, Head]] = (),
) -> VerifiedEvidence:
    """Check the bytes of a bundle; ``version`` is that of this program, ``key`` who has to have signed it.

    ``published`` are heads of the chain that stand elsewhere, each with where.

    Raises:
        OtherFormat: another release's program checks it.
        NotAnArchive: it cannot be read as one at all.
    """
    files = archive.unpack(content)
    findings = _Findings()
    manifest = findings.attempt(archive.MANIFEST, lambda: _manifest(files[archive.MANIFEST]))
    facts = findings.attempt(archive.FACTS, lambda: _facts(files[archive.FACTS]))
    definitions = None
    if facts:
        findings.collect(archive.FACTS, lambda: _facts_findings(files[archive.FACTS], facts))
    if manifest:
        findings.collect(archive.MANIFEST, lambda: _manifest_findings(files, manifest, facts))
        findings.collect(archive.SIGNATURE, lambda: _signature_findings(files, manifest, key))
        numbers = manifest.numbers
        definitions = findings.attempt(
            archive.DEFINITIONS, lambda: _definitions(numbers, files[archive.DEFINITIONS])
        )
        findings.attempt(
            archive.METHOD,
            lambda: texts.check_text("method", numbers["method"], files[archive.METHOD]),
        )
    if not findings:
        findings += other_bytes("the archive", content, archive.pack(files))
    release = manifest.version if manifest and manifest.version != version else None
    tables = _checked_tables(files, findings, release)
    claim = None
    if facts and tables and definitions:
        claim = _recompute(files, findings, facts, tables, definitions)
    if claim and manifest:
        findings.collect("the words", lambda: _wording(files, claim, manifest.numbers["words"]))
    chain = findings.attempt("chain", lambda: _chain(files))
    walked = None
    if chain and tables and facts:
        head = manifest.head if manifest else None
        walked = findings.attempt(
            "chain",
            lambda: walk(
                tables,
                chain,
                known_at=facts.known_at,
                own=head,
                is_wanted=bool(key and head and head.public_key == key),
                published=published,
            ),
        )
    findings += walked.findings if walked else []
    return VerifiedEvidence(
        sha256=archive.sha256(content),
        findings=list(dict.fromkeys(findings)),
        remarks=[parts.taken_as_told()],
        claim=claim,
        public_key=manifest.public_key if manifest else None,
        **({"chain": walked.says} if walked else {}),
    )


def _manifest(text: bytes) -> _Manifest:
    manifest: dict[str, Any] = read_json(text)
    if type(manifest["format"]) is int and manifest["format"] != archive.FORMAT:
        raise archive.OtherFormat(manifest["format"])
    if not _VERSION.fullmatch(manifest["version"]):
        raise ValueError(f"version {manifest['version']!r:.40} is none")
    return _Manifest(
        version=manifest["version"],
        numbers={name: manifest["texts"][name] for name in texts.numbers()},
        simulated=manifest["simulated"],
        files={name: manifest["files"][name] for name in archive.SUMMED},
        head=Head.from_fields(manifest["head"]) if manifest["head"] else None,
        public_key=_public_key(manifest["public_key"]),
    )


def _manifest_findings(
    files: Mapping[str, bytes], manifest: _Manifest, facts: EvidenceFacts | None
) -> list[str]:
    sums = {name: archive.sha256(files[name]) for name in manifest.files}
    findings = [
        f"{name}: its SHA-256 is {sums[name]}, the manifest says {stated['sha256']!s:.80}"
        for name, stated in manifest.files.items()
        if stated["sha256"] != sums[name]
    ]
    simulated = facts.simulated if facts else manifest.simulated
    if manifest.simulated is not simulated:
        findings.append(f"{archive.MANIFEST}: simulated is not what {archive.FACTS} says")
    if manifest.head and (fault := head_fault(manifest.head)):
        findings.append(f"{archive.MANIFEST}: head: {fault}")
    if manifest.head and manifest.head.public_key != manifest.public_key:
        findings.append(f"{archive.MANIFEST}: head: it is not signed by who signed the bundle")
    computed = archive.manifest(
        files,
        version=manifest.version,
        simulated=simulated,
        texts=manifest.numbers,
        head=manifest.head,
        public_key=manifest.public_key,
    )
    return findings or other_bytes(archive.MANIFEST, files[archive.MANIFEST], computed)


def _public_key(text: object) -> str | None:
    if text is None or (isinstance(text, str) and _PUBLIC_KEY.fullmatch(text)):
        return text
    raise ValueError("public_key is none")


def _signature_findings(
    files: Mapping[str, bytes], manifest: _Manifest, key: str | None
) -> list[str]:
    """Check who signed the manifest, which has the sum of every other file."""
    signature = read_json(files[archive.SIGNATURE])["signature"]
    findings: list[str] = []
    if key and manifest.public_key != key:
        signer = f"signed by {manifest.public_key}" if manifest.public_key else "not signed"
        findings.append(f"{archive.MANIFEST}: it is {signer}, wanted is {key}")
    if (signature is None) != (manifest.public_key is None):
        findings.append(f"{archive.SIGNATURE}: of key and signature one is missing")
    elif manifest.public_key and not is_signed(
        manifest.public_key, signature, files[archive.MANIFEST]
    ):
        findings.append(f"{archive.SIGNATURE}: the manifest was altered after it was signed")
    spelled = archive.as_json({"signature": signature})
    return findings + other_bytes(archive.SIGNATURE, files[archive.SIGNATURE], spelled)


def _facts(text: bytes) -> EvidenceFacts:
    facts: dict[str, Any] = read_json(text)
    ZoneInfo(facts["time_zone"])
    row = {name: _typed(facts["edition"][name], dtype) for name, dtype in EDITIONS.items()}
    edition = pl.DataFrame([row], schema=EDITIONS, strict=True).row(0, named=True)
    return EvidenceFacts(
        programme={name: str(facts["programme"][name]) for name in _PROGRAMME},
        time_zone=facts["time_zone"],
        edition=json_value(edition),
        simulated=facts["simulated"],
        as_of=datetime.fromisoformat(facts["as_of"]).astimezone(UTC),
        known_at=datetime.fromisoformat(facts["known_at"]).astimezone(UTC),
    )


def _typed(value: Any, dtype: pl.DataType) -> Any:
    return datetime.fromisoformat(value) if isinstance(dtype, pl.Datetime) and value else value


def _facts_findings(text: bytes, facts: EvidenceFacts) -> list[str]:
    edition = facts.edition
    figures = [edition[name] for name in _FIGURES]
    names = [
        edition[name] for name in ("edition", *(f"name_{language}" for language in archive.TEXTS))
    ]
    wrong = {
        "simulated is neither true nor false": type(cast("object", facts.simulated)) is not bool,
        "as_of is later than known_at": facts.as_of > facts.known_at,
        "the edition ends before it begins": edition["starts_at"] >= edition["ends_at"],
        "a figure is below zero": any(figure is not None and figure < 0 for figure in figures),
        "a name is missing": None in names,
    }
    findings = [f"{archive.FACTS}: {why}" for why, is_wrong in wrong.items() if is_wrong]
    spelled = archive.as_json(archive.facts_json(facts))
    return findings + other_bytes(archive.FACTS, text, spelled)


def _definitions(numbers: Mapping[str, Any], content: bytes) -> tuple[Definition, ...]:
    texts.check_text("definitions", numbers["definitions"], content)
    return parse(content.decode())


def _table(content: bytes, name: str) -> pl.DataFrame:
    rows = pl.concat(read_bounded(content), rechunk=True)
    if rows.schema != TABLES[name]:
        raise ValueError("its columns are not those of a bundle")
    return rows


def _tables(
    files: Mapping[str, bytes], read: Callable[[bytes, str], pl.DataFrame] = _table
) -> EvidenceTables:
    return EvidenceTables(**{name: read(files[_ROWS[name]], name) for name in TABLES})


def _checked_tables(
    files: Mapping[str, bytes], findings: _Findings, release: str | None
) -> EvidenceTables | None:
    """Read the tables one by one; ``None`` where one cannot be, or holds a row twice.

    ``release`` is the one that wrote the bundle, if it is another than this.
    """
    unread: list[str] = []

    def read(content: bytes, name: str) -> pl.DataFrame:
        rows = findings.attempt(
            _ROWS[name], lambda: _without_repetition(_table(content, name), name)
        )
        if rows is None:
            unread.append(name)
            return TABLES[name].to_frame()
        findings.collect(_ROWS[name], lambda: _form(content, name, rows, release))
        return rows

    tables = _tables(files, read)
    return None if unread else tables


def _chain(files: Mapping[str, bytes]) -> ChainTables:
    """Read what is there of the chain."""
    tables: dict[str, pl.DataFrame] = {}
    for name, columns in CHAIN_TABLES.items():
        file = archive.CHAIN[name]
        rows = pl.concat(read_bounded(files[file]), rechunk=True)
        if rows.schema != columns:
            raise ValueError(f"{file}: its columns are not those of a bundle")
        if rows.height != rows.unique(ORDER[name]).height:
            raise ValueError(f"{file}: a row is in it twice")
        if not rows.sort(ORDER[name]).equals(rows) or not is_packed_alike(files[file], rows):
            raise ValueError(f"{file}: its rows are not ordered or packed as a bundle's")
        tables[name] = rows
    return ChainTables(**tables)


def _without_repetition(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    if twice := rows.height - rows.unique(KEYS[name]).height:
        raise ValueError(f"{twice:,} rows are in it twice")
    return rows


def _form(content: bytes, name: str, rows: pl.DataFrame, release: str | None) -> list[str]:
    """Find what is ill-formed, or packed in another way than a bundle's tables are."""
    findings = [f"{_ROWS[name]}: {why}" for why in consistency.ill_formed(name, rows)]
    if findings or is_packed_alike(content, rows):
        return findings
    who = f" by this program; release {release}, which wrote it, can tell" if release else ""
    return [f"{_ROWS[name]}: its rows are not packed as they would be{who}"]


def _recompute(
    files: Mapping[str, bytes],
    findings: _Findings,
    facts: EvidenceFacts,
    tables: EvidenceTables,
    definitions: Sequence[Definition],
) -> dict[str, Any] | None:
    """Compare with what follows from the rows; return the claim, if it can be computed."""
    broken = findings.attempt(
        "tables", lambda: consistency.contradictions(tables, facts, definitions)
    )
    findings += [f"{_ROWS[name]}: {why}" for name, why in broken or []]
    findings.collect("tables", lambda: _columns(tables, facts))
    both = findings.attempt("the claim", lambda: claim_and_figures(tables, facts, definitions))
    if both is None:
        return None
    for name, computed in zip((archive.CLAIM, archive.FIGURES), both, strict=True):
        findings.collect(
            name, lambda name=name, computed=computed: other_values(name, files[name], computed)
        )
    return both[0]


def _columns(tables: EvidenceTables, facts: EvidenceFacts) -> list[str]:
    """Compare what parts.toml says to be reckoned with what it is when computed anew."""
    findings: list[str] = []
    for name, computed in computed_columns(tables, facts.edition["edition"]).items():
        columns = parts.reckoned_columns(_ROWS[name], list(TABLES[name]))
        key = list(KEYS[name])
        shown = [*key, *(column for column in columns if column not in key)]
        bundled: pl.DataFrame = getattr(tables, name)
        findings += diff_rows(bundled.select(shown), computed.select(shown), key, _ROWS[name])
    return findings


def _wording(files: Mapping[str, bytes], claim: dict[str, Any], number: object) -> list[str]:
    known = texts.check_number("words", number)
    return [
        f"{name}: its words are not those of the claim computed again"
        for language, name in archive.TEXTS.items()
        if files[name] != worded(claim, language, known).encode()
    ]
