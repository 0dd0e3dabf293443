"""Simulcasts are those that a comparison pair by pair would find, without one."""

from collections import Counter
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.analysis import simulcasts
from storage.analysis.simulcasts import (
    LASTING,
    OVERLAP,
    TOGETHER,
    AiringSpan,
    BroadcastGroups,
    are_alike,
    unite_simulcasts,
)
from tests.support.builders import NOON, broadcast


def span(number, account, start, minutes, title, *, edition="e", event=frozenset()):
    words = frozenset(title)
    started_at = NOON + timedelta(minutes=start)
    return AiringSpan(
        broadcast=broadcast(f"b{number}", account=account, edition=edition),
        started_at=started_at,
        ended_at=LASTING if minutes is None else started_at + timedelta(minutes=minutes),
        title=words,
        moment=words - event,
    )


def run_beside(earlier, later):
    if later.started_at - earlier.started_at <= TOGETHER:
        return True
    shorter = min(one.ended_at - one.started_at for one in (earlier, later))
    beside = min(earlier.ended_at, later.ended_at) - later.started_at
    return earlier.ended_at > later.started_at and beside >= OVERLAP * shorter


def united_pair_by_pair(spans):
    groups = BroadcastGroups(one.broadcast.key for one in spans)
    for a, b in combinations(spans, 2):
        same = a.broadcast.edition == b.broadcast.edition and are_alike(a, b)
        if same and a.broadcast.account != b.broadcast.account and run_beside(a, b):
            groups.unite(a.broadcast.key, b.broadcast.key)
    return partition(groups, spans)


def partition(groups, spans):
    sets = {}
    for one in spans:
        sets.setdefault(groups.group_of(one.broadcast.key), set()).add(one.broadcast.key)
    return sorted(map(sorted, sets.values()))


SPANS = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.integers(0, 90),
        st.none() | st.integers(0, 120),
        st.sets(st.sampled_from("uvwxyz"), max_size=5),
        st.sampled_from("ef"),
    ),
    max_size=25,
)


@given(SPANS, st.sets(st.sampled_from("uvwxyz"), max_size=3))
@settings(deadline=None, max_examples=400)
def test_they_are_those_of_a_comparison_pair_by_pair(rows, event):
    spans = [
        span(number, account, start, minutes, title, edition=edition, event=event)
        for number, (account, start, minutes, title, edition) in enumerate(rows)
    ]
    spans.sort(key=lambda one: (one.started_at, one.broadcast.key))
    groups = BroadcastGroups(one.broadcast.key for one in spans)
    unite_simulcasts(spans, groups)
    assert partition(groups, spans) == united_pair_by_pair(spans)


@pytest.mark.parametrize("accounts", [1, 2, 7, 2_000])
@pytest.mark.parametrize("title", [("live",), ("live", "{n}"), ("grand", "live", "day", "{n}")])
def test_thousands_on_the_air_at_once_are_not_compared_pair_by_pair(monkeypatch, accounts, title):
    compared = Counter()
    counted = simulcasts._are_alike
    monkeypatch.setattr(
        simulcasts, "_are_alike", lambda *sets: compared.update(["pairs"]) or counted(*sets)
    )
    spans = [
        span(n, f"a{n % accounts}", n / 1000, None, [word.format(n=n) for word in title])
        for n in range(2_000)
    ]
    groups = BroadcastGroups(one.broadcast.key for one in spans)
    unite_simulcasts(spans, groups)
    assert compared["pairs"] <= 20 * len(spans)
    is_simulcast = accounts > 1 and title != ("live", "{n}")
    assert len(partition(groups, spans)) == (1 if is_simulcast else len(spans))
