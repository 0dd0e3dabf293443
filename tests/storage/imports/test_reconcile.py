"""`livetally storage reconcile`: what was measured beside the owner's own figures."""

import json

import pytest

from tests.support.commands import run_storage
from tests.support.import_commands import archive, brought
from tests.support.import_files import EDITION, FIXTURES


def test_measured_and_reported_stand_side_by_side(place, tmp_path):
    brought(place, archive(tmp_path, "studio_en.csv"))
    found = json.loads(run_storage(place, "reconcile", "--json").stdout)
    by_level = {(row["level"], row["broadcast"], row["metric"]): row for row in found}
    opening_views = by_level["broadcast", "youtube:opening2025", "views"]
    assert opening_views["reported"] == 1_234_500
    assert opening_views["measured"] == 1_200_000
    assert opening_views["difference"] == -34_500
    assert opening_views["difference_percent"] == pytest.approx(-34_500 / 12_345)
    assert opening_views["reported_at"] == "2025-05-22T07:00:00+00:00"
    assert opening_views["measured_at"] == "2025-05-17T11:30:00+00:00"
    assert opening_views["reported_definition"] == "youtube.studio@2005-04-23"
    assert opening_views["measured_definition"] == "youtube@2005-04-23"
    peak = by_level["broadcast", "youtube:opening2025", "peak_concurrent_viewers"]
    assert (peak["reported"], peak["measured"]) == (18_250, 18_000)
    # 9,000 for an hour, then 18,000 until nothing was told, which is the next row an hour later.
    average = by_level["broadcast", "youtube:opening2025", "average_concurrent_viewers"]
    assert (average["reported"], average["measured"]) == (9_120.5, 13_500)
    parade = by_level["broadcast", "youtube:-arade_2025", "views"]
    assert (parade["standing"], parade["difference"]) == ("not_measured", None)
    edition = by_level["edition", None, "views"]
    assert (edition["broadcasts"], edition["only_reported"], edition["difference"]) == (
        1,
        1,
        -34_500,
    )
    text = run_storage(place, "reconcile", "--edition", EDITION, "--broadcasts")
    assert text.exit_code == 0
    assert "difference          -34,500  -2.79 %" in text.output
    assert "broadcasts only reported: 1" in text.output
    assert "not measured by then" in text.output
    assert "--broadcasts shows them" in run_storage(place, "reconcile").output
    assert run_storage(place, "reconcile", "--edition", "test-2026").exit_code == 1


def test_without_owners_figures_there_is_nothing_to_set_against(place):
    done = run_storage(place, "reconcile")
    assert done.exit_code == 1
    assert "no owner's figures: bring them in by `livetally storage import`" in done.output


def test_figures_that_are_never_compared_are_said_to_be_there(place):
    brought(place, FIXTURES / "x_days.csv", "--account", "x:@dgsn_maroc")
    done = run_storage(place, "reconcile")
    assert done.exit_code == 1
    assert "are of whole accounts, and only broadcasts are compared" in done.output
    assert "livetally storage import" not in done.output
    other = run_storage(place, "reconcile", "--edition", "test-2026")
    assert "no owner's figures of test-2026" in other.output
