"""Ten million rows exported into each kind of file: how much work, how large, how much memory.

Minutes are written as a collector publishes them, a file a day, 1,000 broadcasts each seen every
minute. Raw figures are read from a real store, filled in bulk; a snapshot of these gives four. Each
export runs in a process of its own; memory is the most that process held.

    python benchmarks/export.py [minutes|raw [millions [kinds ...]]]
"""

import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import polars as pl
import read_model

from storage import schema
from storage.exports.request import ExportFormat, ExportKind, ExportRequest
from storage.exports.run import export
from storage.model import Names, Programme
from storage.read_model.files import GenerationFiles
from storage.read_model.manifest import Manifest
from storage.read_model.publisher import Publisher

BROADCASTS, MILLION, FIGURES = 1_000, 1_000_000, 4
OPENED = datetime(2026, 5, 17, tzinfo=UTC)
NAMES = Names(ar="E", fr="E", en="E")


def main() -> None:
    """Publish, export, and print a row each, of a small edition and of the size asked for."""
    what = ExportKind(sys.argv[1]) if len(sys.argv) > 1 else ExportKind.MINUTES
    rows = int((float(sys.argv[2]) if len(sys.argv) > 2 else 10) * MILLION)
    forms = [ExportFormat(name) for name in sys.argv[3:]] or list(ExportFormat)
    print(f"| {what} | rows | seconds of CPU | file MB | VmHWM MB |\n" + "|---" * 5 + "|")
    for size in (rows // 10, rows):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            apart(publish if what is ExportKind.MINUTES else observe, folder, size)
            for form in forms:
                made, seconds, mb, memory = apart(write, folder, what, form)
                told = f"{made:,} | {seconds:,.0f} | {mb:,.0f} | {memory:,.0f}"
                print(f"| {form} | {told} |", flush=True)


def apart(work, *given):
    """Do it in a new process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(work, *given).result()


def write(folder: Path, what: ExportKind, form: ExportFormat) -> tuple[int, float, float, float]:
    """Export; give rows, seconds of CPU, megabytes of the file and of memory."""
    out = folder / f"{what}.{form}"
    began = time.process_time()
    done = export(
        folder / "published", folder / "store.duckdb",
        ExportRequest(edition=read_model.EDITION, what=what), form, str(out),
        version="benchmark", progress=lambda *_: None,
    )  # fmt: skip
    seconds = time.process_time() - began
    size = out.stat().st_size / MILLION
    out.unlink()
    status = Path("/proc/self/status").read_text("ascii")
    return done.rows, seconds, size, int(status.partition("VmHWM:")[2].split()[0]) / 1024


def observe(folder: Path, figures: int) -> None:
    """Fill a store with so many figures, and publish it."""
    closed = read_model.START + timedelta(days=read_model.DAYS)
    store, _ = read_model.filled(figures // FIGURES, folder, now=lambda: closed)
    publisher = Publisher(store, folder / "published", now=lambda: closed, version="benchmark")
    publisher.republish_all()
    store.close()


def publish(folder: Path, rows: int) -> None:
    """Publish about so many minutes, whole days of them."""
    days = rows // (BROADCASTS * 1440) + 1
    generations = GenerationFiles(folder / "published")
    named = [f"youtube:{number:011d}" for number in range(BROADCASTS)]
    files = {}
    for day in range(days):
        first = OPENED + timedelta(days=day)
        minute = pl.datetime_range(first, first + timedelta(minutes=1439), "1m", eager=True)
        counts = pl.int_range(0, pl.len()).hash(day) % 100_000
        rows = (
            pl.DataFrame({"broadcast": named})
            .join(pl.DataFrame({"minute": minute.cast(schema.UTC)}), how="cross")
            .with_columns(
                pl.lit("youtube").alias("platform"), pl.lit(read_model.EDITION).alias("edition"),
                *(counts.cast(pl.Int64).alias(name) for name in (
                    "views", "concurrent_viewers", "peak_concurrent_viewers", "likes", "comments")),
                *(pl.lit(None, dtype=pl.Int64).alias(name) for name in ("shares", "impressions", "off_air_viewers")),
                snapshots=pl.lit(1, dtype=pl.Int64),
            )
        )  # fmt: skip
        file = generations.write("broadcast_minutes", f"{first:%Y-%m-%d}.{days:08d}",
                                 rows.select(list(schema.BROADCAST_MINUTES)))  # fmt: skip
        files[f"{first:%Y-%m-%d}"] = file
    state = pl.DataFrame(
        [{"broadcast": name, "platform": "youtube", "account": "youtube:@a", "edition": read_model.EDITION,
          "title": "البث المباشر: =1+1 de l’ouverture", "status": "live"} for name in named],
        schema=schema.STATE,
    )  # fmt: skip
    edition = {
        **dict.fromkeys(schema.EDITIONS),
        **dict.fromkeys(list(schema.EDITIONS)[:7], read_model.EDITION),
        "starts_at": OPENED, "ends_at": OPENED + timedelta(days=days),
    }  # fmt: skip
    filled = {"state": state, "editions": pl.DataFrame([edition], schema=schema.EDITIONS)}
    tables = {
        table: generations.write(
            table, f"{days:08d}", filled.get(table, pl.DataFrame(schema=columns))
        )
        for table, columns in schema.TABLES.items()
        if table not in ("broadcast_minutes", "edition_minutes")
    }
    generations.swap(
        Manifest(
            generation=days, published_at=OPENED + timedelta(days=days), version="benchmark",
            simulated=True, programme=Programme(key="p", names=NAMES, time_zone="Africa/Casablanca"),
            store_id="x", tick=1, tables=tables,
            days={"broadcast_minutes": files, "edition_minutes": {}},
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
