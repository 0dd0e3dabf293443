"""The rows of each broadcast, cut once, are those that are chosen one by one."""

from datetime import timedelta

import polars as pl

from storage.analysis.dataset import build_dataset
from storage.schema import BROADCAST_MINUTES, CORRECTIONS, GAPS, SEGMENTS, STATE
from tests.support.builders import NOON


def rows(schema, *given):
    return pl.DataFrame(list(given), schema=schema)


def test_each_broadcast_has_its_own_rows_in_whatever_order_they_came():
    names = ["c", "a", "b", "never seen"]
    minutes = [
        {"broadcast": name, "minute": NOON + timedelta(minutes=minute), "views": minute}
        for minute in range(4)
        for name in names[:3]
    ]
    dataset = build_dataset(
        state=rows(STATE, *({"broadcast": name} for name in names)),
        minutes=rows(BROADCAST_MINUTES, *minutes),
        gaps=rows(GAPS, {"broadcast": "b", "started_at": NOON}),
        corrections=rows(CORRECTIONS, {"broadcast": "c", "observed_at": NOON}),
        segments=rows(SEGMENTS, *({"broadcast": name, "started_at": NOON} for name in names[:2])),
    )
    cut = dict(dataset.by_broadcast())
    assert list(cut) == sorted(names)
    for name, part in cut.items():
        chosen = dataset.of_broadcasts([name])
        for table in dataset.__slots__:
            assert getattr(part, table).equals(getattr(chosen, table)), (name, table)
    assert cut["never seen"].minutes.is_empty()
    assert cut["b"].minutes["views"].to_list() == [0, 1, 2, 3]
