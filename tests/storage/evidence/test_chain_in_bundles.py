"""The chain in a bundle: forgeries whose every sum fits, against heads that stand elsewhere."""

import io
import json
import zipfile
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import polars as pl
import pytest

from storage.chain.links import Head, body_of, next_link
from storage.chain.parts import part_digests
from storage.evidence import archive
from storage.evidence.build import build_evidence
from storage.evidence.verify import VerifiedEvidence, verify_evidence
from storage.store import Store
from tests.support.builders import NOON
from tests.support.commands import run_storage
from tests.support.forged_bundles import VERSION, packed, with_rows
from tests.support.published_hostile import published

CHAIN, ROWS = archive.CHAIN, archive.ROWS
FIRST = "youtube:A"
OWN = "the bundle's own head, tick 13 of 2026-05-17 12:11:00 UTC"


def made(folder: Path) -> bytes:
    place = published(folder)
    return build_evidence(place.read_model, place.database, "test-2026", None, version=VERSION)


@cache
def sound() -> bytes:
    with TemporaryDirectory() as folder:
        return made(Path(folder))


def table(files: dict[str, bytes], file: str) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(files[file]))


def head_of(content: bytes) -> Head:
    return Head.from_fields(json.loads(archive.unpack(content)[archive.MANIFEST])["head"])


def check(content: bytes, *heads: Head) -> VerifiedEvidence:
    return verify_evidence(
        content, version=VERSION, published=[("live.json", head) for head in heads]
    )


def with_chain(name: str, change, content: bytes | None = None) -> bytes:
    """Change a table of the chain; sums are made to fit, and the head stays."""
    files = archive.unpack(content or sound())
    files[CHAIN[name]] = archive.parquet(change(table(files, CHAIN[name])))
    return packed(files, head=head_of(content or sound()).fields())


def raised(rows: pl.DataFrame) -> pl.DataFrame:
    last = (pl.col("broadcast") == FIRST) & (pl.col("poll_id") == 4)
    return rows.with_columns(
        pl.when(last).then(pl.col("views") + 7).otherwise("views").alias("views")
    )


def rewritten(change=raised) -> bytes:
    """Change snapshots, and make anew all that follows in the bundle but the chain."""
    rows = table(archive.unpack(sound()), ROWS["snapshots"])
    forged = with_rows(sound(), "snapshots", change(rows), derive=True)
    return packed(archive.unpack(forged), head=head_of(sound()).fields())


def rehashed(content: bytes) -> bytes:
    """Make digests, links and head anew as the program would have."""
    files = archive.unpack(content)
    digests, links = table(files, CHAIN["digests"]), table(files, CHAIN["links"])
    counts = pl.concat([table(files, ROWS["snapshots"]), table(files, CHAIN["companions"])])
    anew = {
        key: digest
        for (_, key), digest in part_digests(
            "snapshot", counts.with_columns(tick=pl.lit(0, pl.Int64))
        ).items()
    }
    digests = pl.DataFrame(
        [
            row | {"digest": anew.get(row["key"], row["digest"])}
            if row["kind"] == "snapshot"
            else row
            for row in digests.iter_rows(named=True)
        ],
        schema=digests.schema,
    )
    bodies = {tick: body_of(part["digest"]) for (tick,), part in digests.group_by("tick")}
    rows, before, newest = [], links["before"][0], None
    for row in links.iter_rows(named=True):
        body = str(bodies.get(row["tick"], row["body"]))
        newest = next_link(before, row["tick"], row["recorded_at"], body)
        before = newest.hash
        rows.append(row | {"body": body})
    files[CHAIN["digests"]] = archive.parquet(digests)
    files[CHAIN["links"]] = archive.parquet(pl.DataFrame(rows, schema=links.schema))
    assert newest
    return packed(files, head=newest.head.fields())


def test_a_sound_bundle_says_how_far_its_counts_are_proven(tmp_path):
    alone = check(sound())
    assert alone.findings == []
    total = table(archive.unpack(sound()), ROWS["snapshots"]).height
    assert alone.chain == (
        f"chain: {total} of {total} counts are under {OWN};"
        " not proven against a published head: none was given"
    )
    against = check(sound(), head_of(sound()))
    assert against.findings == []
    assert against.chain == (
        f"chain: {total} of {total} counts are under the head of tick 13 of"
        " 2026-05-17 12:11:00 UTC in live.json"
    )
    bundle, kept = tmp_path / "evidence.zip", tmp_path / "kept.json"
    bundle.write_bytes(sound())
    kept.write_bytes(archive.as_json({"head": head_of(sound()).fields()}))
    done = run_storage(None, "evidence", "--check", str(bundle), "--heads", str(kept))
    assert done.exit_code == 0, done.output
    assert f"{total} of {total} counts are under the head of tick 13" in done.stdout
    assert "in kept.json" in done.stdout


def test_an_earlier_head_proves_what_was_recorded_until_then():
    links = table(archive.unpack(sound()), CHAIN["links"])
    before = links["before"][0]
    for tick, at, body in links.head(4).select("tick", "recorded_at", "body").iter_rows():
        link = next_link(before, tick, at, body)
        before = link.hash
    verified = check(sound(), link.head)
    assert verified.findings == []
    snapshots = table(archive.unpack(sound()), ROWS["snapshots"])
    under = snapshots.filter(pl.col("observed_at") <= link.recorded_at).height
    assert 0 < under < snapshots.height
    assert f"{under} of {snapshots.height} counts are under the head of" in verified.chain
    assert verified.chain.endswith("in live.json; the others are not proven")


@pytest.mark.fault(
    row=72,
    fault="a count of an evidence bundle is another, and all that follows from it is made to fit",
    injected="claim, figures, words, tables and sums made anew, then every digest, link and the head; ticks"
    " dropped and exchanged, links altered and taken off, counts left out or put beside",
    outcome="`evidence --check --heads` exits 1: *its hash is not the one in live.json*; where no published"
    " head is given the verdict says *not proven*",
)
def test_a_bundle_whose_every_sum_fits_is_found_by_a_published_head():
    changed = "tables/snapshots.parquet: poll 4 is not what the chain hashed"
    assert check(rewritten()).findings == [changed]
    forged = rehashed(rewritten())
    alone = check(forged)
    assert alone.findings == []
    assert "not proven against a published head: none was given" in alone.verdict
    [finding] = check(forged, head_of(sound())).findings
    assert finding == "tick 13 of 2026-05-17 12:11:00 UTC: its hash is not the one in live.json"


@pytest.mark.parametrize("at", [0, 3, 11])
def test_a_dropped_tick_is_found(at):
    def change(links):
        rows = links.with_row_index("at").filter(pl.col("at") != at).drop("at")
        first = pl.Series([links["before"][0], *[None] * (rows.height - 1)], dtype=pl.String)
        return rows.with_columns(before=first)

    assert check(with_chain("links", change)).findings


def test_exchanged_ticks_are_found():
    def change(links):
        bodies = links["body"].to_list()
        bodies[2], bodies[3] = bodies[3], bodies[2]
        return links.with_columns(body=pl.Series(bodies))

    found = check(with_chain("links", change)).findings
    assert "chain/links.parquet: they do not lead to the head in manifest.json" in found


@pytest.mark.parametrize("column", ["tick", "recorded_at", "body", "before"])
@pytest.mark.parametrize("at", [0, 5, 11])
def test_an_altered_link_is_found(column, at):
    def change(links):
        values = links[column].to_list()
        old = values[at]
        values[at] = {
            "tick": lambda: old + 100,
            "recorded_at": lambda: old + timedelta(microseconds=1),
        }.get(column, lambda: "ab" * 32)()
        series = pl.Series(column, values, dtype=links.schema[column])
        return links.with_columns(series).sort("tick")

    assert check(with_chain("links", change)).findings


def test_heads_of_another_store_are_none_of_it():
    other = Head(tick=5, recorded_at=NOON + timedelta(minutes=3), hash="ab" * 32)
    [finding] = check(sound(), other).findings
    assert finding.endswith("its hash is not the one in live.json")
    later = Head(tick=500, recorded_at=NOON + timedelta(days=3), hash="ab" * 32)
    verified = check(sound(), later)
    assert verified.findings == []
    assert verified.chain.endswith(
        "not proven against a published head: none of the heads that were given is of its ticks"
    )


def test_what_was_recorded_before_the_chain_began_is_not_called_proven(tmp_path):
    place = published(tmp_path)
    with duckdb.connect(str(place.database)) as database:
        database.execute("DELETE FROM chain")
    Store.open(place.database, now=lambda: NOON + timedelta(hours=1), simulated=True).close()
    content = build_evidence(place.read_model, place.database, "test-2026", None, version=VERSION)
    verified = check(content, head_of(content))
    assert verified.findings == []
    assert verified.chain.startswith("chain: 0 of ")
    assert verified.chain.endswith("; the others are not proven")


def test_links_taken_off_leave_it_unproven():
    files = archive.unpack(sound())
    for name in CHAIN:
        files[CHAIN[name]] = archive.parquet(table(files, CHAIN[name]).clear())
    verified = check(packed(files), head_of(sound()))
    assert verified.findings == []
    assert "chain: not proven: no link of it is in the bundle" in verified.verdict


def test_digests_taken_off_are_missed():
    assert check(with_chain("digests", lambda rows: rows[1:])).findings
    without = with_chain("digests", lambda rows: rows.filter(pl.col("tick") != 5))
    assert check(without).findings == [
        "tables/snapshots.parquet: poll 4 has no digest in the chain"
    ]


def test_counts_left_out_or_put_beside_are_missed():
    first = (pl.col("broadcast") == FIRST) & (pl.col("poll_id") == 4)
    without = rewritten(lambda rows: rows.filter(~first))
    assert (
        "tables/snapshots.parquet: poll 4 is not what the chain hashed" in check(without).findings
    )
    moved = table(archive.unpack(sound()), ROWS["snapshots"]).filter(first)
    beside = with_chain("companions", lambda rows: pl.concat([rows, moved]), without)
    assert check(beside).findings == [
        "chain/companions.parquet: 1 counts are of the edition's own broadcasts"
    ]
    files = archive.unpack(sound())
    rows = table(files, ROWS["snapshots"]).filter(pl.col("poll_id") != 4)
    files[ROWS["snapshots"]] = archive.parquet(rows)
    assert (
        "tables/snapshots.parquet: poll 4 has its counts left out" in check(packed(files)).findings
    )


def test_a_bundle_of_the_format_before_is_told_apart():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as bundle:
        for name, content in archive.unpack(sound()).items():
            if name not in CHAIN.values():
                bundle.writestr(name, content)
    with pytest.raises(archive.OtherFormat, match="format 3"):
        check(stream.getvalue())
