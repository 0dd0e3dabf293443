"""Build of a bundle, from the published state of an edition and its rows of the database."""

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from storage.analysis.views.totals import matched
from storage.chain.keys import SigningKey, signed_head
from storage.definitions import parse
from storage.evidence import archive, texts
from storage.evidence.chain_tables import chain_tables
from storage.evidence.claim import claim_and_figures
from storage.evidence.contents import EvidenceFacts, EvidenceTables, assemble
from storage.evidence.wording import worded
from storage.read_model.manifest import Manifest
from storage.read_model.reader import Published, ReadModel
from storage.reports.edition import NothingToReport, edition_row
from storage.snapshot_reader import ALWAYS, SnapshotReader, keys_of_edition, open_reader
from storage.tables.json_values import json_value

_MOMENT = timedelta(microseconds=1)


def build_evidence(
    read_model: Path,
    database: Path,
    edition: str,
    at: datetime | None,
    *,
    version: str,
    key: SigningKey | None = None,
) -> bytes:
    """Return the bundle of ``edition`` as of ``at`` (``None``: when it was published), signed with ``key``.

    Raises:
        NotPublished, NothingToReport: as :func:`storage.reports.edition.report_of`.
        FileNotFoundError, StoreLocked, StoreDamaged, OtherDatabase: the database cannot be read, or
            is not the one that was published.
    """
    published = ReadModel(read_model).open()
    row = edition_row(published.editions(), edition)
    state = matched(published.state(), edition).sort("broadcast")
    with open_reader(database) as raw:
        keys_of_edition(raw, published.manifest, database)
        known_at = _known_at(raw, published.manifest)
        tables = _tables(raw, published, state, known_at)
        head = raw.head()
        chain = archive.chain_files(chain_tables(raw, tables, known_at + _MOMENT))
    as_of = min(at or known_at, known_at)
    if not (tables.minutes["minute"] <= as_of).any():
        raise NothingToReport(f"{edition}: nothing was measured by {json_value(as_of)}")
    facts = _facts(published.manifest, json_value(row), as_of=as_of, known_at=known_at)
    files = {**_files(tables, facts), **chain}
    manifest = archive.manifest(
        files,
        version=version,
        simulated=facts.simulated,
        head=signed_head(head, key),
        public_key=key.public if key else None,
    )
    signature = archive.signature(manifest, key)
    return archive.pack({**files, archive.MANIFEST: manifest, archive.SIGNATURE: signature})


def _known_at(raw: SnapshotReader, manifest: Manifest) -> datetime:
    """Return where the records end: an older copy of the database does not know what came later."""
    about = raw.about()
    if about.tick < manifest.tick and about.polled_at is not None:
        return min(about.polled_at, manifest.published_at)
    return manifest.published_at


def _tables(
    raw: SnapshotReader, published: Published, state: pl.DataFrame, known_at: datetime
) -> EvidenceTables:
    names = state["broadcast"].to_list()
    bounds = (ALWAYS[0], known_at + _MOMENT)
    mine = pl.col("broadcast").is_in(names) & (pl.col("started_at") <= known_at)
    return assemble(
        state=state,
        snapshots=raw.snapshots(names, *bounds),
        polls=raw.polls(names, *bounds),
        misses=raw.misses(names, *bounds),
        gaps=published.gaps().filter(mine),
        airings=published.segments().filter(mine),
        known_at=known_at,
    )


def _facts(
    manifest: Manifest, edition: dict[str, object], *, as_of: datetime, known_at: datetime
) -> EvidenceFacts:
    names = manifest.programme.names
    return EvidenceFacts(
        programme={
            "programme": manifest.programme.key,
            "name_ar": names.ar,
            "name_fr": names.fr,
            "name_en": names.en,
        },
        time_zone=manifest.programme.time_zone,
        edition=edition,
        simulated=manifest.simulated,
        as_of=as_of,
        known_at=known_at,
    )


def _files(tables: EvidenceTables, facts: EvidenceFacts) -> dict[str, bytes]:
    definitions = texts.definitions()
    claim, figures = claim_and_figures(tables, facts, parse(definitions.decode()))
    return {
        **{name: worded(claim, language).encode() for language, name in archive.TEXTS.items()},
        archive.CLAIM: archive.as_json(claim),
        archive.FIGURES: archive.as_json(figures),
        archive.FACTS: archive.as_json(archive.facts_json(facts)),
        archive.DEFINITIONS: definitions,
        archive.METHOD: texts.method(),
        **archive.table_files(tables),
    }
