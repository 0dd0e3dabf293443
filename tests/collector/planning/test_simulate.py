"""The plan of an edition: what it reckons, what it refuses, and how it is shown."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import yaml
from typer.testing import CliRunner

from collector.config.load import load_config
from collector.contract.errors import ConfigError
from collector.planning.edition_plan import (
    choose_edition,
    plan_edition,
    planned_broadcasts,
)
from collector.planning.peak_error import MEASURED, peak_error
from collector.quota.throttle import Priority
from collector.scheduling.cadence import cadence_of
from livetally import cli

NAMES = {"ar": "تجربة", "fr": "Essai", "en": "Test"}
CHANNELS = [{"platform": "youtube", "handle": f"UC{one:022}"} for one in range(2)]


def configured(folder, *, expected=(), accounts=CHANNELS, **sections):
    """Write a configuration of one edition of five days; return its path."""
    edition = {"key": "coming", "names": NAMES, "city": NAMES, "expected": list(expected)}
    edition |= {"starts_on": "2026-12-01", "ends_on": "2026-12-05"}
    settings = {
        "programme": {"key": "p", "names": NAMES, "time_zone": "Africa/Casablanca"},
        "editions": [edition],
        "accounts": accounts,
        **sections,
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(settings, allow_unicode=True))
    return path


def planned(folder, **settings):
    config = load_config(configured(folder, **settings))
    found = plan_edition(config, config.editions[0])
    return found, {one.platform: one for one in found.platforms}


def bucket(one, name):
    return next(found for found in one.buckets if found.name == name)


def of_youtube(number, **more):
    return {"platform": "youtube", "broadcasts_per_day": number, **more}


def test_what_is_live_together_rides_on_one_call_a_minute(tmp_path):
    found, of = planned(tmp_path, expected=[of_youtube(12, hours=2, at_once=4)])
    units = bucket(of["youtube"], "youtube.units")
    assert found.holds
    assert of["youtube"].live_at_once == 4
    assert of["youtube"].coarsest_live_seconds == 60
    # Three waves of two hours a minute apart, and what is announced or has just ended.
    assert 3 * 120 < units.used < 3 * 120 * 1.8
    assert units.of_which_discovery == 0
    assert units.discovery_if_the_free_way_fails == 2 * 24
    assert of["youtube"].discovery_calls == 2 * 24 * 6


def test_a_short_quota_is_stretched_and_the_curve_gets_coarser(tmp_path):
    youtube = {"daily_units": 400, "reserve_units": 20}
    expected = [of_youtube(24, hours=12, at_once=12)]
    found, of = planned(tmp_path, expected=expected, platforms={"youtube": youtube})
    units = bucket(of["youtube"], "youtube.units")
    assert found.holds
    assert units.used <= 380
    assert Priority.LIVE in units.given_up
    assert list(units.given_up) == sorted(units.given_up)
    assert 180 < (of["youtube"].coarsest_live_seconds or 0) <= 600
    assert of["youtube"].peak_under_read.worst_percent > 0.8


def test_a_limit_that_cannot_be_kept_even_at_the_slowest_is_said_and_exits_1(tmp_path, monkeypatch):
    youtube = {"daily_units": 40, "reserve_units": 5}
    path = configured(
        tmp_path,
        expected=[of_youtube(24, hours=12, at_once=12)],
        platforms={"youtube": youtube},
    )
    monkeypatch.setenv("COLUMNS", "200")
    done = CliRunner().invoke(cli, ["--config", str(path), "collect", "plan"])
    assert done.exit_code == 1
    assert "✗ youtube.units" in done.output
    assert "even at the slowest" in done.output


def test_x_is_reckoned_in_posts_each_paid_for_once_a_utc_day_and_in_money(tmp_path):
    account = {"platform": "x", "handle": "dgsn"}
    expected = [{"account": "x:dgsn", "broadcasts_per_day": 12}]
    found, of = planned(tmp_path, expected=expected, accounts=[account])
    assert found.unready == ("x",), "no token is set, and none is needed to reckon"
    assert bucket(of["x"], "x.posts").used == 12 * 5, "all that are there, on the last day"
    assert of["x"].coarsest_live_seconds is None
    # December: found once, and each paid for on every day of the fortnight after it.
    spend = bucket(of["x"], "x.spend")
    assert spend.period == "month"
    assert 60 * 13 * 5 < spend.used < 60 * 15.5 * 5
    assert not replace(spend, refused=1).holds


def test_what_a_month_of_x_would_cost_beyond_its_budget_is_refused(tmp_path):
    expected = [{"platform": "x", "broadcasts_per_day": 60, "hours": 1, "at_once": 10}]
    found, of = planned(tmp_path, expected=expected, accounts=[{"platform": "x", "handle": "d"}])
    assert not found.holds
    assert bucket(of["x"], "x.spend").used <= 10_000
    assert bucket(of["x"], "x.spend").refused > 0


def test_a_platform_whose_limit_only_headers_tell_shows_the_documented_figure(tmp_path):
    accounts = [{"platform": "twitch", "handle": "dgsn"}, {"platform": "facebook", "handle": "d"}]
    _, of = planned(tmp_path, accounts=accounts)
    assert of["twitch"].buckets == ()
    assert of["twitch"].documented_limit == "800 points a minute, 1 point a call"
    assert of["twitch"].most_calls_a_minute >= 1


def test_every_platform_says_its_limit_at_its_head(tmp_path):
    config = load_config(configured(tmp_path))
    for platform in config.platforms.values():
        assert platform.documented_limit, platform.name


def test_a_slow_count_does_not_slow_down_one_whose_renewal_is_not_known(tmp_path):
    config = load_config(configured(tmp_path))
    finest = {
        name: cadence_of(platform, config).refresh_live_seconds
        for name, platform in config.platforms.items()
    }
    assert finest["facebook"] == finest["instagram"] == 0, "viewers may be new at any time"
    assert finest["youtube"] == 30
    assert finest["kick"] == 60


def test_what_nothing_is_said_of_is_assumed_and_said_so(tmp_path):
    accounts = [*CHANNELS, {"platform": "twitch", "handle": "dgsn"}]
    path = configured(tmp_path, expected=[of_youtube(6)], accounts=accounts)
    told = CliRunner().invoke(cli, ["--config", str(path), "collect", "plan", "--json"])
    assert told.exit_code == 0
    found = json.loads(told.stdout)
    assert [(one["platform"], one["is_assumed"]) for one in found["expected"]] == [
        ("youtube", False),
        ("twitch", True),
    ]
    shown = CliRunner().invoke(cli, ["--config", str(path), "collect", "plan"]).output
    assert "Assumed of 1 accounts: 3 broadcasts a day of 2 h each" in " ".join(shown.split())


@pytest.mark.parametrize(
    ("expected", "complaint"),
    [
        ({"broadcasts_per_day": 1}, "either account or platform"),
        ({"platform": "youtub", "broadcasts_per_day": 1}, "unknown platform: 'youtub'"),
        (
            {"account": "youtube:UCother", "broadcasts_per_day": 1},
            "unknown account: 'youtube:UCother'",
        ),
        ({"platform": "youtube", "broadcasts_per_day": 13, "hours": 2}, "does not fit into 24 h"),
        ({"platform": "youtube", "a_day": 1}, "unknown key"),
    ],
)
def test_what_is_expected_wrongly_names_its_line(tmp_path, expected, complaint):
    with pytest.raises(ConfigError, match=r"config\.yaml:\d+: ") as caught:
        load_config(configured(tmp_path, expected=[expected]))
    assert complaint in str(caught.value)


def test_the_next_edition_is_planned_unless_one_is_named(tmp_path):
    config = load_config(configured(tmp_path))
    coming = choose_edition(config, None, datetime(2026, 11, 1, tzinfo=UTC))
    assert (
        coming.key == choose_edition(config, None, datetime(2028, 1, 1, tzinfo=UTC)).key == "coming"
    )
    with pytest.raises(ConfigError, match="expected one of coming"):
        choose_edition(config, "gone", datetime(2026, 11, 1, tzinfo=UTC))


def test_each_day_is_imagined_within_the_hours_of_the_programmes_own_time(tmp_path):
    config = load_config(configured(tmp_path, expected=[of_youtube(6, hours=2, at_once=3)]))
    _, coming = planned_broadcasts(config, config.editions[0])
    assert len(coming) == 5 * 6
    assert {one.account.key for one in coming} == {one.key for one in config.accounts}
    # Casablanca is an hour ahead of UTC in December: 9 o'clock there.
    assert coming[0].starts_at == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert coming[0].starts_at == coming[2].starts_at < coming[3].starts_at


def test_the_peaks_under_read_is_as_measured_and_between_in_a_straight_line():
    for minutes, median, worst in MEASURED:
        found = peak_error(minutes * 60)
        assert (found.median_percent, found.worst_percent) == (median, worst)
    between = peak_error(7.5 * 60)
    assert between.median_percent == pytest.approx(0.45)
    assert between.worst_percent == pytest.approx(2.4)
    assert peak_error(15).worst_percent == 0
    assert peak_error(5 * 3600) is None
