from datetime import timedelta

import numpy as np
import polars as pl

from storage.analysis.unseen import common_unseen, unseen_intervals
from tests.support.gap_frames import START, broadcast, gap, watched

OLD = broadcast("youtube:OLD", starts=-3000, ends=-2900)
OLDER = broadcast("youtube:OLDER", starts=-6000, ends=-5900)
ONE = broadcast("youtube:ONE")
TWO = broadcast("youtube:TWO")
THREE = broadcast("youtube:THREE")
ORIGIN = int(START.timestamp() * 1000)


def told(state: list[dict], gaps: list[pl.DataFrame], seen) -> list[tuple]:
    """The stretches of 300 minutes: first and last minute, and how they are seen."""
    times = {"youtube": np.array(list(seen), dtype=np.int64) * 60_000 + ORIGIN}
    until = START + timedelta(minutes=300)
    found = unseen_intervals(watched(*state), pl.concat(gaps), times, until)
    return [
        (
            (one.started - ORIGIN) // 60_000,
            (one.ended - ORIGIN) // 60_000,
            "silent" if one.silent else f"{one.unseen} of {one.count}",
        )
        for one in found
    ]


def test_a_gap_of_one_archived_broadcast_is_not_one_of_its_platform():
    hourly = range(0, 300, 60)
    assert told([OLD, OLDER], [gap("youtube:OLD", 0, 240)], hourly) == []


def test_when_no_archived_broadcast_is_seen_the_platform_is_silent():
    gaps = [gap("youtube:OLD", 0, 240), gap("youtube:OLDER", 60, 180)]
    assert told([OLD, OLDER], gaps, [0, 60, 180, 240]) == [(60, 180, "silent")]


def test_an_archived_broadcast_that_answers_does_not_hide_that_nothing_on_air_was_seen():
    gaps = [gap("youtube:ONE", 100, 160)]
    seen = [*range(101), 120, 140, *range(160, 300)]
    assert told([OLD, ONE], gaps, seen) == [(100, 160, "silent")]


def test_some_of_those_on_air_unseen_is_seen_in_part():
    gaps = [gap("youtube:ONE", 100, 200), gap("youtube:TWO", 150, 250)]
    assert told([OLD, ONE, TWO, THREE], gaps, range(300)) == [
        (100, 150, "1 of 3"),
        (150, 200, "2 of 3"),
        (200, 250, "1 of 3"),
    ]


def test_an_archived_broadcast_unseen_while_others_are_on_air_is_nothing():
    assert told([OLD, ONE], [gap("youtube:OLD", 100, 200)], range(300)) == []


def test_nothing_seen_is_silence_though_a_rarely_asked_broadcast_was_not_due():
    gaps = [gap("youtube:OLD", 100, 200, "collector_down")]
    assert told([OLD, OLDER], gaps, [0, 50, 100, 200]) == [(100, 200, "silent")]


def test_what_was_on_air_when_its_gap_began_counts_as_on_air_until_it_is_seen_again():
    ended = broadcast("youtube:ENDED", ends=130)
    gaps = [
        gap("youtube:ENDED", 100, 150, "timeout"),
        gap("youtube:ENDED", 150, 200, "unreachable"),
    ]
    seen = [*range(101), 110, 140, 190, *range(200, 300, 10)]
    assert told([OLD, ended], gaps, seen) == [(100, 200, "silent")]


def test_a_gap_that_lasts_goes_on_past_the_newest_sample():
    found = told([OLD, ONE], [gap("youtube:ONE", 100, None)], [*range(101), 150, 300])
    assert found == [(100, 301, "silent")]


def test_a_broadcast_to_come_or_gone_hides_nothing():
    soon = broadcast("youtube:SOON", status="upcoming")
    gone = {**broadcast("youtube:GONE", starts=-9000, ends=-8000, status="gone")}
    gaps = [gap("youtube:OLD", 100, 200)]
    assert told([OLD, soon, {**gone, "observed_at": START}], gaps, range(0, 300, 30)) == [
        (100, 200, "silent")
    ]


def test_the_reason_of_a_stretch_is_that_of_the_longest_gap_in_it():
    gaps = pl.concat([gap("youtube:ONE", 100, 103, "timeout"), gap("youtube:ONE", 103, 200)])
    times = {"youtube": np.array([0, 100, 200], dtype=np.int64) * 60_000 + ORIGIN}
    (found,) = unseen_intervals(watched(ONE), gaps, times, START + timedelta(minutes=300))
    assert (found.reason, found.silent) == ("unreachable", True)


def test_common_times_are_those_in_a_span_of_every_one():
    assert common_unseen([[(0, 10), (20, 30)], [(5, 25)]]) == [(5, 10), (20, 25)]
    assert common_unseen([]) == []
