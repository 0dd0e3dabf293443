"""Rows 51 to 53: published files that a disk or a copy changed."""

import logging
import signal
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from dashboard.components import banners
from dashboard.i18n.words import words
from dashboard.public.publisher import PagePublisher, Public
from dashboard.view_model.refresher import Refresher
from storage.read_model.reader import ReadModel
from tests.end_to_end.test_process import collecting, manifest, simulated, until
from tests.support.damaged_files import DAMAGES, damage_file
from tests.support.patience import PATIENCE_SECONDS
from tests.support.published_edition import Rehearsal, publish
from tests.support.published_manifest import read_manifest
from tests.support.published_picture import files_of, picture_of, shown_of

__all__ = ["simulated"]

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
TIMES = 60
PATIENCE = int(PATIENCE_SECONDS)
EN = words("en", "Africa/Casablanca")


@pytest.fixture
def folder(tmp_path):
    publish(tmp_path / "other", Rehearsal(now=NOW - timedelta(hours=1)))
    return publish(tmp_path / "published", Rehearsal(now=NOW))


@pytest.mark.fault(row=51)
def test_no_damage_of_a_published_file_is_shown_as_a_number(folder, fault_record):
    """Two files of three are drawn by their weight, as bits that rot are; benchmarks/ has 1,000 bits."""
    chance, outcomes = Random(51), Counter[str]()
    running, sound = ReadModel(folder), picture_of(ReadModel(folder))
    files = files_of(folder)
    weights = [path.stat().st_size for path in files]
    for number in range(TIMES):
        name = "one bit" if number % 2 else chance.choice(list(DAMAGES))
        [path] = chance.choices(files, weights if number % 3 else None)
        content = damage_file(path, DAMAGES[name], chance)
        for reader in (running, ReadModel(folder)):
            outcomes[shown_of(reader, sound)] += 1
        path.write_bytes(content)
    assert outcomes.keys() == {"refused", "right"}, outcomes
    assert outcomes["refused"] > TIMES, "the damage was hit upon"
    assert shown_of(running, sound) == "right"
    fault_record(
        row=51,
        fault="a published file is not the one that was written",
        injected="one bit or several turned, a block of zeros, cut short, longer, blocks exchanged,"
        " another generation's file under its name, none; 1,000 bits and 700 others by hand"
        " (benchmarks/damaged_files.py)",
        outcome="shown wrong 0: readers compare each file with its sum when they first open it, and"
        " what differs is not read; report, export and evidence exit with 4, the file and the remedy",
        recovery_seconds=None,
    )


@pytest.mark.fault(row=52)
@pytest.mark.end_to_end
def test_the_collector_writes_anew_what_differs_and_says_it(simulated, fault_record):
    published = simulated / "data" / "published"
    first = collecting(simulated, "collect", "run")
    until(lambda: manifest(simulated).get("days", {}).get("broadcast_minutes"), first, PATIENCE)
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=PATIENCE_SECONDS)
    days = read_manifest(published)["days"]["broadcast_minutes"].values()
    path, before = published / next(iter(days)), manifest(simulated)["generation"]
    damage_file(path, DAMAGES["one bit"], Random(52))
    assert ReadModel(published).findings() != []
    with (simulated / "log").open("w+") as output:
        again = collecting(simulated, "collect", "run", output=output)
        until(lambda: manifest(simulated)["generation"] > before, again, PATIENCE)
        until(
            lambda: f"{path.name} is damaged and is written anew" in log_of(simulated),
            again,
            PATIENCE,
        )
        table = published / read_manifest(published)["tables"]["editions"]
        damage_file(table, DAMAGES["cut short"], Random(52))
        begun = time.monotonic()
        until(
            lambda: f"{table.name} is damaged and is written anew" in log_of(simulated),
            again,
            PATIENCE,
        )
        until(
            lambda: read_manifest(published)["tables"]["editions"] not in str(table),
            again,
            PATIENCE,
        )
        took = time.monotonic() - begun
        again.send_signal(signal.SIGTERM)
        again.wait(timeout=PATIENCE_SECONDS)
    assert ReadModel(published).findings() == []
    assert "Traceback" not in log_of(simulated)
    fault_record(
        row=52,
        fault="a published file is damaged while nothing collects, or while the collector runs",
        injected="one bit of a day's minutes between two runs; a table cut short under a collector",
        outcome="said with file and difference, and written anew from the database: at the start, at"
        " the next publication what was written over, every hour what rotted; `storage verify` finds"
        " it, also without a database",
        recovery_seconds=took,
    )


def log_of(folder):
    return (folder / "log").read_text("utf-8")


@pytest.mark.fault(row=53)
def test_pages_keep_the_last_picture_and_name_the_file(folder, tmp_path, caplog, fault_record):
    caplog.set_level(logging.ERROR)
    state = folder / read_manifest(folder)["tables"]["state"]
    file = f"state/{state.name}"
    running = Refresher(folder, refresh_seconds=5, now=lambda: NOW)
    running.refresh()
    moment = [NOW]
    good = running.current.model
    public = public_pages(folder, tmp_path, now=lambda: moment[0])
    public.publish()
    pages = {path.name: path.read_bytes() for path in (tmp_path / "public").glob("*.html")}
    content = damage_file(state, DAMAGES["one bit"], Random(53))
    for _ in range(2):
        running.refresh()
    assert running.current.model is good
    assert running.current.damaged_file == file
    shown = "".join(banners.warnings(EN, running.current, NOW, silent_since=None, paused=False))
    assert file in shown
    assert "livetally storage republish" in shown
    assert caplog.text.count(f"{state} is damaged") == 1, "said once"
    public.publish()
    moment[0] += timedelta(minutes=2)  # a page that is late by a moment says nothing
    public.publish()
    assert b"Counting has been interrupted since" in page(tmp_path, "en.html")
    assert b"Counting has been interrupted since" not in pages["en.html"]
    fresh = Refresher(folder, refresh_seconds=5, now=lambda: NOW)
    fresh.refresh()
    assert fresh.current.model is None
    assert file in banners.nothing_published(EN, fresh.current, folder, NOW)
    before = page(tmp_path, "en.html")
    assert public_pages(folder, tmp_path).publish() == []
    assert page(tmp_path, "en.html") == before
    state.write_bytes(content)
    moment[0] = NOW
    running.refresh()
    assert running.current.damaged_file is None
    assert running.current.failed_since is None
    public.publish()
    assert page(tmp_path, "en.html") == pages["en.html"]
    fault_record(
        row=53,
        fault="a page is opened on a damaged file",
        injected="one bit of the state, under a dashboard and public pages that run, and before others start",
        outcome="what runs keeps the last picture and says the file and the remedy; what starts shows"
        " no number, and public pages of before stay; all go on when the file is sound again",
        recovery_seconds=None,
    )


def public_pages(folder, tmp_path, now=lambda: NOW):
    return PagePublisher(Public(read_model=folder, folder=tmp_path / "public"), now=now)


def page(tmp_path, name):
    return (tmp_path / "public" / name).read_bytes()
