"""The examples of docs/method.md, computed anew from their own tables."""

from dataclasses import asdict, replace
from datetime import datetime
from math import exp, log
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from storage.analysis.editions.comparison import compare
from storage.analysis.forecast.backtest import Trial
from storage.analysis.forecast.conformal import PUBLIC, calibrate, doubt_of_finales
from storage.analysis.forecast.ensemble import Ensemble, expected
from storage.analysis.forecast.inputs import CumulativeCurve, ForecastInputs, PastEdition
from storage.analysis.forecast.methods import METHODS
from storage.analysis.viewers.audience import audience
from storage.analysis.views.growth import cumulative
from storage.analysis.views.milestones import crossings
from storage.analysis.views.views_at import Knowledge, total_at
from storage.schema import EDITION_MINUTES
from tests.support.builders import NOON
from tests.support.published_rows import DEFINITION, HOUR, gap, laid_out, minutes, on_air, shown
from tests.support.ticks import at

METHOD = (Path(__file__).resolve().parents[3] / "docs" / "method.md").read_text("utf-8")
NOT_SAID = "not said"


def tables(example: int) -> list[list[dict[str, str]]]:
    """The tables of an example, as rows by column name."""
    section = METHOD.split(f"### Example {example}\n")[1].split("\n## ")[0]
    found = []
    for block in section.split("\n\n"):
        lines = [line.strip("| ").split("|") for line in block.splitlines() if line.startswith("|")]
        if lines:
            head, _, *rows = [[cell.strip() for cell in line] for line in lines]
            rows = [row + [""] * (len(head) - len(row)) for row in rows]
            found.append([dict(zip(head, row, strict=True)) for row in rows])
    return found


def minute(text: str) -> int:
    hours, past = text.split(":")
    return (int(hours) - NOON.hour) * 60 + int(past)


def number(text: str) -> int:
    return int(text.replace(",", ""))


def clock(time: datetime) -> str:
    return f"{time:%H:%M}"


def told(rows, column) -> dict[int, int | None]:
    """What a column says by minute: a number, or that the platform did not say."""
    return {
        minute(row["minute"]): None if row[column] == NOT_SAID else number(row[column])
        for row in rows
        if row[column] not in ("", "gap")
    }


def test_example_1_the_audience():
    seen_rows, figures = tables(1)
    seen = shown(
        minutes("A", told(seen_rows, "A")) + minutes("B", told(seen_rows, "B")),
        gaps=[gap("A", 4, 5)],
        segments=[on_air("A", 0, 6), on_air("B", 0, 4)],
    )
    found = audience(seen, until=at(60))
    sums = [row["sum"] for row in seen_rows if row["sum"] != "unseen"]
    assert [str(viewers) for viewers in found.viewers["viewers"]] == sums
    assert found.peak
    assert clock(found.peak.at) == "12:01"
    assert {row["figure"]: row["result"] for row in figures} == {
        "peak": str(found.peak.viewers),
        "hours watched": f"{found.hours_watched:.2f}",
        "average": f"{found.average:.2f}",
        "average at least": f"{found.average_at_least:.2f}",
        "coverage": f"{found.coverage:.2f}",
    }


def test_example_2_totals_and_a_milestone():
    told_rows, totals, milestones = tables(2)
    views = {name: told(told_rows, name) for name in ("A", "B")}
    seen = shown([row for name, by in views.items() for row in minutes(name, {}, by)])
    for row in totals:
        for knowledge, column in ((Knowledge.AT_INSTANT, "then"), (Knowledge.NOW, "now")):
            found = total_at(
                seen, at(minute(row["as of"])), knowledge=knowledge, definition=DEFINITION
            )
            stated = next(text for name, text in row.items() if name.endswith(column))
            assert found.views == number(stated)
    deltas = []
    for by in views.values():
        known = 0
        for when, value in by.items():
            if value is not None:
                deltas.append((at(when), "e", "youtube", value - known, None, 1))
                known = value
    curve = cumulative(pl.DataFrame(deltas, schema=EDITION_MINUTES, orient="row"))
    (row,) = milestones
    total = curve.filter(pl.col("platform").is_null())
    (found,) = crossings(total, [number(row["milestone"])]).rows(named=True)
    assert [clock(found[name]) for name in ("after", "before", "fell_at")] == [
        row["after"],
        row["before"],
        row["fell below at"],
    ]


def test_example_3_two_editions():
    hours, parts = tables(3)

    def growth(column):
        return {int(row["hour"]): number(row[column]) for row in hours if row[column]}

    now = laid_out("now", 0, {"youtube": growth("YouTube now"), "tiktok": growth("TikTok now")})
    before = laid_out(
        "before",
        -1_000 * HOUR,
        {"youtube": growth("YouTube before")},
        hours=4,
        airtime={"youtube": 2},
    )
    found = compare(now, before)
    assert found.like_for_like
    assert (found.like_for_like.now, found.like_for_like.before) == (900, 300)
    assert (found.everything.now, found.everything.before) == (990, 380)
    assert found.attribution
    attribution = asdict(found.attribution)
    attribution["total"] = sum(attribution.values())
    for row in parts:
        assert attribution[row["part"].replace(" ", "_")] == pytest.approx(int(row["views"]))


def test_example_4_the_forecast():
    sums, methods, misses, figures = tables(4)

    def curve(column):
        told = [(float(row["hour"]), float(number(row[column]))) for row in sums if row[column]]
        hours, views = (np.array(values) for values in zip(*told, strict=True))
        return CumulativeCurve(hours=hours, views=views)

    pasts = [PastEdition(curve=curve(f"earlier {name}"), end=96) for name in "AB"]
    now = ForecastInputs(curve=curve("views"), end=96, pasts=pasts)
    for row in methods:
        growth = METHODS[row["method"].replace(" ", "_")](now, np.array([96.0]))
        assert growth is not None
        assert round(now.views + growth[0]) == number(row["views at 96"])

    expectations = []
    for row in misses:
        trials = [Trial(misses={"m": float(one)}, rest=1) for one in row["misses"].split(",")]
        expectations.append(expected("m", trials, []))
        assert f"{expectations[-1]:.4f}" == row["expected"]
    weights = [one**-4 for one in expectations]
    shares = [f"{one / sum(weights):.4f}" for one in weights]
    assert shares == [row["weight"] for row in misses]

    scores, doubt = calibrate([], [-2, -1, 0, 1, 2]), 0.25
    low, high = (
        300_000 + 200_000 * exp(one * doubt) for one in scores.quantiles(np.array([0.1, 0.9]))
    )
    chances = [
        scores.share_above(log((at - 300_000) / 200_000) / doubt) for at in (500_000, 556_805)
    ]
    middle = float(scores.quantiles(np.array([1 - chances[0] / 2]))[0])
    blend = Ensemble(weights={}, hours=[], editions=[])
    least = doubt_of_finales(replace(now, end=60), blend, scores, PUBLIC.finale)
    told = [*(f"{one:.2f}" for one in chances), f"{least:.4f}", f"{middle:.2f}"]
    found = [f"{low:,.0f}", f"{high:,.0f}", *told]
    assert found == [row["result"] for row in figures]


def test_the_public_series_are_as_many_as_it_says():
    assert f"Scores come from {PUBLIC.series} public series" in METHOD
    assert f"80 % ranges held {100 * PUBLIC.first.held:.0f} % of the time" in METHOD
    assert f"{100 * exp(PUBLIC.finale) - 100:.0f} % more" in METHOD
