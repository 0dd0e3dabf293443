"""What a publication costs follows what is new, not what is there: counted in rows and files."""

import json

from storage.database.read_view import ReadView
from storage.read_model.publisher import Publisher
from tests.support.builders import edition, programme
from tests.support.ticks import A, at, opened, seen, tick, told

DAYS, DAY_MINUTES = 10, 24 * 60
#: Snapshots of a day. DuckDB passes over whole row groups, of 122,880 rows: less is read in any case.
A_DAY = 20_000
ROW_GROUP = 122_880


#: Recorded by the tick that told of the broadcast.
HISTORY = """
INSERT INTO snapshot BY NAME
SELECT
    1 AS tick, 1 AS poll_id, 'youtube:A' AS broadcast, 'live' AS status, 'videos' AS source,
    $since::TIMESTAMPTZ + to_seconds(range * 86400.0 / $a_day) AS observed_at, range AS views
FROM range($days * $a_day)
"""


def published_after(tmp_path, days, monkeypatch):
    """Return rows scanned and files written by the publication of one snapshot after some days."""
    clock, folder = [at(days * DAY_MINUTES)], tmp_path / str(days)
    store = opened(tmp_path / f"{days}.duckdb")
    store.event.save_programme(programme(), [edition()])
    store.record(told())
    with store.reading() as (database, _), database.transaction():
        database.execute(HISTORY, {"since": at(0), "days": days, "a_day": A_DAY})
    store.checkpoint()
    publisher = Publisher(store, folder, now=lambda: clock[0], version="test")
    publisher.publish([])
    before = set(folder.rglob("*.parquet"))
    store.record(tick(seen(A, days * DAY_MINUTES + 1, 10**9)))
    clock[0] = at(days * DAY_MINUTES + 2)
    scanned, rows_of = [], ReadView.rows

    def counted(view, sql, params=None):
        view._connection.execute("PRAGMA enable_profiling = 'no_output'")
        answer = rows_of(view, sql, params)
        profile = json.loads(view._connection.get_profiling_information())
        # A bare count is told by the row groups, and yet each row passes for one that was scanned.
        counted_only = days * A_DAY if "(SELECT count(*) FROM snapshot)" in sql else 0
        scanned.append(profile["cumulative_rows_scanned"] - counted_only)
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(ReadView, "rows", counted)
        publisher.publish([])
    store.close()
    return sum(scanned), len(set(folder.rglob("*.parquet")) - before)


def test_twice_the_history_is_neither_read_nor_written_twice(tmp_path, monkeypatch):
    scanned, files = published_after(tmp_path, DAYS, monkeypatch)
    more_scanned, more_files = published_after(tmp_path, 2 * DAYS, monkeypatch)
    assert scanned > 0, "nothing was counted"
    assert more_files == files
    assert more_scanned < scanned + ROW_GROUP, (scanned, more_scanned)
