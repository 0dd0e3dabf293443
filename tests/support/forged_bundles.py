"""Evidence bundles as a forger remakes them: whatever was changed, all that follows from it is made to fit."""

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from storage.definitions import parse
from storage.evidence import archive
from storage.evidence.claim import claim_and_figures
from storage.evidence.contents import (
    KEYS,
    TABLES,
    EvidenceFacts,
    EvidenceTables,
    computed_columns,
    in_order,
)
from storage.evidence.verify import _facts, _tables  # pyright: ignore[reportPrivateUsage] - a forger reads what it likes
from storage.evidence.wording import worded

VERSION = "0.1.0"


def packed(files: Mapping[str, bytes], /, **changes: Any) -> bytes:
    """Pack with sums that fit; ``changes`` are of the manifest, ``...`` takes a key out."""
    simulated = json.loads(files[archive.FACTS]).get("simulated")
    manifest = json.loads(archive.manifest(files, version=VERSION, simulated=simulated)) | changes
    kept = {key: value for key, value in manifest.items() if value is not ...}
    return archive.pack({**files, archive.MANIFEST: archive.as_json(kept)})


def with_facts(bundle: bytes, facts: Mapping[str, Any]) -> bytes:
    """Put other facts in, the claim, its figures and its words made anew of them where they can be."""
    files = archive.unpack(bundle) | {archive.FACTS: archive.as_json(facts)}
    try:
        read = _facts(files[archive.FACTS])
        return packed(_reclaimed(files, read, _tables(files)))
    except Exception:  # noqa: BLE001 - what cannot be made anew stays as it was
        return packed(files)


def with_rows(bundle: bytes, name: str, rows: pl.DataFrame, *, derive: bool) -> bytes:
    """Put other rows in, and make anew the claim, and with ``derive`` every other table, of them."""
    files = archive.unpack(bundle)
    files[archive.ROWS[name]] = archive.parquet(rows)
    try:
        facts, tables = _facts(files[archive.FACTS]), _tables(files)
        if derive:
            tables = _derived(tables, facts.edition["edition"])
            files |= archive.table_files(tables)
        return packed(_reclaimed(files, facts, tables))
    except Exception:  # noqa: BLE001 - as above
        return packed(files)


def _derived(tables: EvidenceTables, edition: str) -> EvidenceTables:
    """Compute every column that can be; rows that follow from others are put in and taken out."""
    named = tables.named()
    for _ in range(2):  # a gap's misses, then the state's gap
        for name, computed in computed_columns(EvidenceTables(**named), edition).items():
            kept = named[name].drop(
                column
                for column in computed.columns
                if column not in KEYS[name] and column in named[name]
            )
            how = "left" if name in ("state", "gaps") else "right"
            rows = kept.join(computed, on=list(KEYS[name]), how=how, nulls_equal=True)
            named[name] = in_order(name, rows.select(list(TABLES[name])).cast(TABLES[name]))
    return EvidenceTables(**named)


def _reclaimed(
    files: Mapping[str, bytes], facts: EvidenceFacts, tables: EvidenceTables
) -> dict[str, bytes]:
    definitions = parse(files[archive.DEFINITIONS].decode())
    claim, figures = claim_and_figures(tables, facts, definitions)
    return {
        **files,
        archive.CLAIM: archive.as_json(claim),
        archive.FIGURES: archive.as_json(figures),
        **{name: worded(claim, language).encode() for language, name in archive.TEXTS.items()},
    }
