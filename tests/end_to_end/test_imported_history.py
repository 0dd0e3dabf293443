"""Earlier editions that another program measured: brought in before any collector, compared, forecast."""

import csv
import json
import math
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from typer.testing import CliRunner

from livetally import cli

HOURS, FINALE = 96, 8
STEP = timedelta(minutes=15)
YEARS = (2022, 2023, 2024)
COLUMNS = ("platform", "account", "observed_at", "metric", "value", "source")


def opening(year):
    return datetime(year, 1, 6, tzinfo=UTC)


def viewers(year, hour):
    """A day's wave, larger each year, with a finale."""
    wave = 1_000 + 600 * math.sin(hour / 24 * 2 * math.pi)
    finale = 1 + max(0, hour - (HOURS - FINALE)) / FINALE
    return round(wave * finale * (1 + (year - YEARS[0]) / 10))


@pytest.fixture
def folder(tmp_path):
    """An empty folder with a configuration of three editions, and a file of each."""
    names = {"ar": "ماراثون", "fr": "Marathon", "en": "Marathon"}
    last = timedelta(hours=HOURS - 1)
    editions = [
        {
            "key": f"m{year}",
            "names": names,
            "city": names,
            "starts_on": opening(year).date(),
            "ends_on": (opening(year) + last).date(),
        }
        for year in YEARS
    ]
    programme = {"key": "marathon", "names": names, "time_zone": "UTC"}
    config = {"programme": programme, "editions": editions, "accounts": []}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
    for year in YEARS:
        with (tmp_path / f"{year}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for step in range(HOURS * 4):
                at, count = opening(year) + step * STEP, viewers(year, step / 4)
                series = ("twitch", "twitch:marathon", at.isoformat())
                writer.writerow([*series, "concurrent_viewers", count, "viewerlog"])
    return tmp_path


def run(folder, *words):
    done = CliRunner().invoke(cli, ["--config", str(folder / "config.yaml"), *map(str, words)])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_from_an_empty_folder_to_a_forecast_without_a_collector(folder):
    files = [folder / f"{year}.csv" for year in YEARS]
    brought = json.loads(run(folder, "storage", "import", *files, "--json"))
    assert [one["taken"] for one in brought] == [HOURS * 4] * 3
    assert [one["standing"] for file in brought for one in file["history"]] == ["counted"] * 3
    said = run(folder, "storage", "reconcile")
    for year in YEARS:
        assert f"m{year}, twitch: concurrent_viewers every 15 minutes" in said
        assert f"imported from {year}.csv" in said

    report = json.loads(run(folder, "storage", "report", "--edition", "m2024", "--json"))
    told = [viewers(2024, step / 4) for step in range(HOURS * 4)]
    audience = report["audience"]
    assert audience["peak"]["viewers"] == max(told)
    assert audience["hours_watched"] == pytest.approx(sum(told) / 4)
    assert (audience["airtime_hours"], audience["coverage"]) == (HOURS, 1.0)
    assert report["totals"]["views"] is None

    half = (opening(2024) + timedelta(hours=HOURS / 2)).isoformat()
    words = ["storage", "report", "--edition", "m2024", "--at", half, "--json"]
    forecast = json.loads(run(folder, *words))["forecast"]
    assert forecast["of"] == "hours_watched"
    assert forecast["tried_editions"] == 2
    usual = next(one for one in forecast["ranges"] if one["level"] == 0.8)
    assert usual["low"] <= sum(told) / 4 <= usual["high"]
    assert forecast["middle"] == pytest.approx(sum(told) / 4, rel=0.05)

    out = folder / "out.csv"
    run(folder, "storage", "export", "--edition", "m2024", "--what", "minutes", "--out", out)
    assert len(out.read_text("utf-8").splitlines()) == HOURS * 4 + 1
    described = json.loads((folder / "out.csv.about.json").read_text("utf-8"))
    [history] = described["imported_history"]
    assert "measured by viewerlog, imported from 2024.csv" in history
