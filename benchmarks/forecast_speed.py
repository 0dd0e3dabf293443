"""How long a forecast takes: an edition of 500 broadcasts, 5 days of minutes, asked after two days.

Beside it the dumbest one, the average pace of the same rows, and both with the reading of the files.
Each is asked seven times, in turn.

    python benchmarks/forecast_speed.py
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from storage import schema
from storage.analysis.dataset import build_dataset
from storage.analysis.forecast.edition_forecast import forecast
from storage.analysis.forecast.result import Forecast
from storage.definitions import in_force, load

OPENS = datetime(2026, 5, 17, tzinfo=UTC)
DAYS, BROADCASTS, ATTEMPTS = 5, 500, 7
UNTIL = OPENS + timedelta(hours=60)
EDITION = {
    "edition": "e",
    "starts_at": OPENS,
    "ends_at": OPENS + timedelta(days=DAYS),
    "target_views": 20_000_000,
}
EARLIER = EDITION | {"edition": "before", "starts_at": OPENS - timedelta(days=365)}
EARLIER |= {"ends_at": EARLIER["starts_at"] + timedelta(days=DAYS)}


def main() -> None:
    """Fill, ask both in turn, and print a row each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = fill(folder)
        times: dict[str, list[float]] = {}
        for _ in range(ATTEMPTS):
            for how, ask in (("forecast", forecast_of), ("average pace", average_pace)):
                for what, seconds in timed(ask, folder).items():
                    times.setdefault(f"{how}, {what}", []).append(seconds)
    print(
        f"{rows:,} published minutes of {BROADCASTS} broadcasts, and as many of an edition before"
    )
    for name, seconds in times.items():
        print(f"| {name} | {statistics.median(seconds):.3f} s |")


def timed(ask: Callable[..., float], folder: Path) -> dict[str, float]:
    """Time reading and asking apart."""
    begun = time.perf_counter()
    frames = {path.stem: pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
    read = time.perf_counter()
    if ask(frames) <= 0:
        raise AssertionError("there is something to forecast")
    return {"files read": read - begun, "asked": time.perf_counter() - read}


def forecast_of(frames: dict[str, pl.DataFrame]) -> float:
    """Forecast as the report and the dashboard do."""
    found = forecast(
        EDITION,
        dataset=build_dataset(**{name: frames[name] for name in ("state", "minutes", "gaps", "corrections", "segments")}),
        edition_minutes=frames["edition_minutes"],
        earlier=[(EARLIER, frames["before_minutes"])],
        definition=in_force(load()),
        until=UNTIL,
    )  # fmt: skip
    return found.middle if isinstance(found, Forecast) else 0.0


def average_pace(frames: dict[str, pl.DataFrame]) -> float:
    """Continue the sum at its average pace."""
    grown = frames["edition_minutes"].filter(pl.col("minute") < UNTIL)["views_delta"].sum()
    return grown * ((EDITION["ends_at"] - OPENS) / (UNTIL - OPENS))


def fill(folder: Path) -> int:
    """Write what a collector would have published by now: every broadcast told every minute."""
    random = np.random.default_rng(1)
    begins = np.sort(random.integers(0, 60 * 60 - 60, BROADCASTS))
    parts = [
        pl.DataFrame({"at": np.arange(begin, 60 * 60)}).with_columns(
            broadcast=pl.lit(f"facebook:{place:03}"),
            views=(20_000 * ((pl.col("at") - begin) / 60) ** 0.5).cast(pl.Int64),
        )
        for place, begin in enumerate(begins)
    ]
    told = pl.concat(parts).select(
        "broadcast",
        "views",
        minute=pl.lit(OPENS, dtype=schema.UTC) + pl.duration(minutes="at"),
        platform=pl.lit("facebook"),
        edition=pl.lit("e"),
        snapshots=pl.lit(1, pl.Int64),
    )
    empty = {name: pl.DataFrame(schema=columns) for name, columns in schema.TABLES.items()}
    frames = {
        "minutes": pl.concat([empty["broadcast_minutes"], told], how="diagonal"),
        "gaps": empty["gaps"],
        "corrections": empty["corrections"],
        "segments": pl.DataFrame(
            [
                {"airing": str(place), "broadcast": f"facebook:{place:03}",
                 "started_at": OPENS + timedelta(minutes=int(begin)),
                 "ended_at": min(UNTIL, OPENS + timedelta(minutes=int(begin) + 120))}
                for place, begin in enumerate(begins)
            ],
            schema=schema.SEGMENTS,
        ),
        "state": pl.concat([empty["state"], told.group_by("broadcast").agg(
            pl.col("platform", "edition").first(), pl.col("views").last()
        ).with_columns(status=pl.lit("ended"), source=pl.lit("live"))], how="diagonal"),
    }  # fmt: skip
    growth = pl.col("views").diff().over("broadcast").fill_null(pl.col("views"))
    minutes = told.sort("broadcast", "minute").with_columns(views_delta=growth)
    grown = minutes.group_by("minute", "edition", "platform").agg(pl.col("views_delta").sum())
    frames["edition_minutes"] = pl.concat([empty["edition_minutes"], grown], how="diagonal").sort("minute")  # fmt: skip
    steady = pl.DataFrame({"at": np.arange(DAYS * 1440)}).select(
        minute=pl.lit(EARLIER["starts_at"], dtype=schema.UTC) + pl.duration(minutes="at"),
        edition=pl.lit("before"),
        platform=pl.lit("facebook"),
        views_delta=pl.lit(700, pl.Int64),
    )
    frames["before_minutes"] = pl.concat([empty["edition_minutes"], steady], how="diagonal")
    for name, frame in frames.items():
        frame.write_parquet(folder / f"{name}.parquet")
    return told.height


if __name__ == "__main__":
    main()
