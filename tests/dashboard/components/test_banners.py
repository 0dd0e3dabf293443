"""The banners from values: each state of the collector and of the page has its own words."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dashboard.components import banners
from dashboard.i18n.words import words
from dashboard.view_model.refresher import CurrentModel
from storage.model import CollectorEnd, Loss
from storage.read_model.heartbeat import WriteFailure
from tests.dashboard.view_model.test_root import picture_of

EN = words("en", "Africa/Casablanca")


@pytest.fixture
def current(live, now) -> CurrentModel:
    return CurrentModel(model=picture_of(live, now), heartbeat_at=now)


def told(current: CurrentModel, now: datetime, **said) -> list[str]:
    choices = {"silent_since": None, "paused": False} | said
    return banners.warnings(EN, current, now, **choices)


def test_when_all_is_well_nothing_is_said(current, now):
    calm = replace(current, model=replace(current.model, unmatched_live=0))
    assert told(calm, now) == []


def test_before_there_is_a_model_no_banner_stands(now):
    assert told(CurrentModel(), now, silent_since=now, paused=True) == []


def test_the_gravest_comes_first_and_the_pause_last(current, now):
    origin = replace(
        current.model.origin,
        refusal=WriteFailure(since=now, rows=1234, dropped=56),
        loss=Loss(since=None, until=now, quarantine="<b>", restored_from=None, detail=""),
    )
    model = replace(current.model, origin=origin, unmatched_live=2)
    troubled = replace(current, model=model, failed_since=now)
    since = now - timedelta(minutes=9)
    shown = told(troubled, now, silent_since=since, paused=True)
    assert "9 min" in shown[0]
    assert "1,234" in shown[1]
    assert "quarantine/<bdi>&lt;b&gt;</bdi>" in shown[2]
    assert len(shown) == 6
    assert "Updates are paused" in shown[-1]


@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize("dated", [False, True])
def test_a_loss_says_whether_it_is_of_damage_or_of_an_older_copy(current, now, behind, dated):
    since = now - timedelta(hours=3) if dated else None
    loss = Loss(
        since=since, until=now, quarantine="q", restored_from=None, detail="", behind=behind
    )
    model = replace(current.model, origin=replace(current.model.origin, loss=loss))
    [shown] = told(replace(current, model=model), now)
    assert ("damaged" in shown) is not behind
    assert ("was published" in shown) is (behind and not dated)
    assert EN.full(now) in shown
    assert not dated or EN.full(now - timedelta(hours=3)) in shown


def test_a_collector_that_never_ran_is_not_one_that_died(current, now):
    never, dead = (
        told(replace(current, heartbeat_at=None), now)[0],
        told(current, now, silent_since=now - timedelta(minutes=9))[0],
    )
    assert never != dead


def test_only_a_simulation_wears_the_ribbon(current):
    assert EN.say("app.simulated") in banners.ribbon(EN, current.model)
    real = replace(current.model, origin=replace(current.model.origin, simulated=False))
    assert banners.ribbon(EN, real) == banners.ribbon(EN, None) == ""


def test_a_brief_footer_names_the_clock_and_no_version(current, now):
    brief = banners.footnote(EN, current.model, now, brief=True)
    assert "Africa/Casablanca" in brief
    assert brief.count("<p>") == 2
    assert banners.footnote(EN, current.model, now).count("<p>") == 3


def test_an_empty_folder_and_another_version_say_what_to_run(now):
    folder = Path("/data/<published>")
    empty = banners.nothing_published(EN, CurrentModel(), folder, now)
    assert "livetally demo" in empty
    assert EN.say("empty.not_running") in empty
    assert "/data/&lt;published&gt;" in empty
    other = banners.nothing_published(EN, CurrentModel(other_version=900), folder, now)
    assert "livetally storage republish" in other
    assert "900" in other
    assert "livetally demo" not in other


def test_before_anything_is_published_it_says_what_is_known_of_the_collector(now):
    folder, beat = Path("/data"), now - timedelta(seconds=5)
    running = banners.nothing_published(EN, CurrentModel(heartbeat_at=beat), folder, now)
    assert EN.say("empty.runs") in running
    assert "livetally up" not in running
    silent = CurrentModel(heartbeat_at=now - timedelta(hours=1))
    assert EN.say("empty.not_running") in banners.nothing_published(EN, silent, folder, now)
    for code, why in (
        (2, "configuration"),
        (3, "disk"),
        (4, "database is damaged"),
        (5, "Another"),
        (1, "code was"),
        (-9, "-9"),
    ):
        end = CollectorEnd(at=now, code=code)
        ended = banners.nothing_published(EN, CurrentModel(collector_end=end), folder, now)
        assert why in ended
        assert EN.say("ended.do") in ended
        assert EN.say("empty.not_running") not in ended


def test_a_collector_that_ended_is_said_with_its_reason(current, now):
    end = CollectorEnd(at=now - timedelta(minutes=9), code=4)
    [shown, *_] = told(replace(current, collector_end=end), now, silent_since=end.at)
    assert EN.say("ended.code_4") in shown
    assert EN.say("banner.dead_do") not in shown
