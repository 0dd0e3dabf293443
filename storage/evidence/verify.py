"""Check of a bundle from itself alone: its sums, its rows, and the claim computed anew from them."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from storage.definitions import parse
from storage.evidence import archive
from storage.evidence.claim import claim_and_figures
from storage.evidence.contents import (
    TABLES,
    EvidenceFacts,
    EvidenceTables,
    corrections_of,
    minutes_of,
)
from storage.evidence.diff import diff_bundles, diff_rows
from storage.evidence.wording import worded
from storage.schema import EDITIONS

_ROWS = archive.ROWS
_PROGRAMME = ("programme", "name_ar", "name_fr", "name_en")


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifiedEvidence:
    """Result of a check: sound without ``findings``. ``claim`` is as computed anew, if it was.

    ``remarks`` say what could not be compared, and why that is no finding.
    """

    sha256: str
    findings: list[str]
    remarks: list[str]
    claim: dict[str, Any] | None


class _Broken(Exception):
    """A part cannot be read, so nothing can be reckoned from it."""


def verify_evidence(content: bytes, *, version: str) -> VerifiedEvidence:
    """Check the bytes of a bundle; ``version`` is that of this program.

    Raises:
        NotAnArchive: it cannot be read as one at all.
    """
    files = archive.unpack(content)
    findings, manifest = _sums(files)
    if not findings:
        findings += _archive(content, files)
    remarks: list[str] = []
    claim: dict[str, Any] | None = None
    try:
        facts, tables = _facts(files[archive.FACTS]), _tables(files)
        claim, figures = _compute(files, tables, facts)
    except _Broken as error:
        findings.append(str(error))
    else:
        findings += _rows(tables, facts)
        findings += _compare(files, archive.CLAIM, claim) + _compare(
            files, archive.FIGURES, figures
        )
        if manifest.get("simulated") is not facts.simulated:
            findings.append(f"{archive.MANIFEST}: simulated is not what {archive.FACTS} says")
        if manifest.get("version") == version:
            findings += _wording(files, claim)
        else:
            written = f"it was written by version {manifest.get('version')}, this is {version}"
            remarks.append(f"the wording was not compared, only its sum: {written}")
    return VerifiedEvidence(
        sha256=archive.sha256(content), findings=findings, remarks=remarks, claim=claim
    )


def _sums(files: Mapping[str, bytes]) -> tuple[list[str], dict[str, Any]]:
    try:
        manifest: dict[str, Any] = json.loads(files[archive.MANIFEST])
        listed: dict[str, dict[str, Any]] = manifest["files"]
        if manifest["format"] != archive.FORMAT:
            raise archive.NotAnArchive(
                f"it is of format {manifest['format']}, this program checks format"
                f" {archive.FORMAT}: check it with the LiveTally that wrote it"
            )
        wanted = {name: listed[name]["sha256"] for name in archive.NAMES[1:]}
    except (ValueError, KeyError, TypeError) as error:
        return [f"{archive.MANIFEST}: cannot be read: {error!r}"], {}
    sums = {name: archive.sha256(files[name]) for name in wanted}
    return [
        f"{name}: its SHA-256 is {sums[name]}, the manifest says {wanted[name]}"
        for name in wanted
        if sums[name] != wanted[name]
    ], manifest


def _archive(content: bytes, files: Mapping[str, bytes]) -> list[str]:
    """Find what was changed around the files: there is one way to pack them."""
    packed = archive.pack(files)
    if packed == content:
        return []
    pairs = enumerate(zip(packed, content, strict=False))
    first = next(
        (at for at, (left, right) in pairs if left != right), min(len(packed), len(content))
    )
    return [f"the archive: byte {first} is not what its files give when packed"]


def _facts(text: bytes) -> EvidenceFacts:
    try:
        facts: dict[str, Any] = json.loads(text)
        ZoneInfo(facts["time_zone"])
        return EvidenceFacts(
            programme={name: str(facts["programme"][name]) for name in _PROGRAMME},
            time_zone=facts["time_zone"],
            edition={name: facts["edition"][name] for name in EDITIONS},
            simulated=facts["simulated"],
            as_of=datetime.fromisoformat(facts["as_of"]),
            known_at=datetime.fromisoformat(facts["known_at"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise _Broken(f"{archive.FACTS}: cannot be read: {error!r}") from None


def _tables(files: Mapping[str, bytes]) -> EvidenceTables:
    return EvidenceTables(**{name: _table(files, name) for name in TABLES})


def _table(files: Mapping[str, bytes], name: str) -> pl.DataFrame:
    try:
        rows = pl.DataFrame(pq.read_table(io.BytesIO(files[_ROWS[name]])))  # pyright: ignore[reportUnknownArgumentType] - pyarrow is partly typed
    except (pa.ArrowException, pl.exceptions.PolarsError, OSError, ValueError) as error:  # pyright: ignore[reportUnknownVariableType] - pyarrow is partly typed
        raise _Broken(f"{_ROWS[name]}: cannot be read: {error}") from None
    if rows.schema != TABLES[name]:
        raise _Broken(f"{_ROWS[name]}: its columns are not those of a bundle")
    return rows


def _compute(
    files: Mapping[str, bytes], tables: EvidenceTables, facts: EvidenceFacts
) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        definitions = parse(files[archive.DEFINITIONS].decode())
        return claim_and_figures(tables, facts, definitions)
    except (ValueError, KeyError, TypeError, pl.exceptions.PolarsError) as error:
        raise _Broken(f"the claim cannot be computed again: {error!r}") from None


def _rows(tables: EvidenceTables, facts: EvidenceFacts) -> list[str]:
    """Compare what was derived with what the snapshots give, and look for rows that do not belong."""
    minutes = minutes_of(tables.snapshots, tables.state)
    falls = corrections_of(tables.snapshots, tables.state)
    findings = diff_rows(tables.minutes, minutes, ["broadcast", "minute"], _ROWS["minutes"])
    keys = ["broadcast", "metric", "observed_at", "poll_id"]
    findings += diff_rows(tables.corrections, falls, keys, _ROWS["corrections"])
    for name, key in (("snapshots", "observed_at"), ("misses", "missed_at")):
        rows: pl.DataFrame = getattr(tables, name)
        strangers = rows.join(tables.state, on="broadcast", how="anti").height
        late = rows.filter(pl.col(key) > facts.known_at).height
        polled = rows.join(tables.polls, on="poll_id", how="anti").height
        findings += [
            f"{_ROWS[name]}: {count} rows {why}"
            for count, why in (
                (strangers, "are of broadcasts that are not in it"),
                (late, f"are later than {facts.known_at}"),
                (polled, "are of polls that are not in it"),
            )
            if count
        ]
    others = tables.state.filter(pl.col("edition") != facts.edition.get("edition")).height
    return (
        [*findings, f"{_ROWS['state']}: {others} broadcasts of another edition"]
        if others
        else findings
    )


def _compare(files: Mapping[str, bytes], name: str, computed: dict[str, Any]) -> list[str]:
    try:
        bundled = json.loads(files[name])
    except ValueError as error:
        return [f"{name}: cannot be read: {error}"]
    return diff_bundles(bundled, computed, name)


def _wording(files: Mapping[str, bytes], claim: dict[str, Any]) -> list[str]:
    return [
        f"{name}: its words are not those of the claim computed again"
        for language, name in archive.TEXTS.items()
        if files[name].decode("utf-8", "replace") != worded(claim, language)
    ]
