"""What was spent, what is paused, and what the configuration says of the event."""

from datetime import date

import pytest

from storage.model import GapReason, Pause, Reported
from storage.store import Store
from tests.support.builders import account, edition, programme
from tests.support.ticks import at, opened

DAY = date(2026, 5, 17)


def pause(**facts) -> Pause:
    return Pause(
        **{
            "platform": "youtube",
            "bucket": None,
            "reason": GapReason.QUOTA,
            "until": at(60),
            "detail": "the bucket is empty",
            "at": at(0),
            **facts,
        }
    )


@pytest.fixture
def reopened(path, store: Store):
    def again() -> Store:
        store.close()
        return opened(path)

    return again


def test_units_are_summed_by_bucket_and_day_over_restarts(store: Store, reopened):
    store.quota.spend("units", DAY, 3)
    store.quota.spend("units", DAY, 4)
    store.quota.spend("search", DAY, 1)
    assert (store.quota.spent("units", DAY), store.quota.spent("units", date(2026, 5, 18))) == (
        7,
        0,
    )
    again = reopened()
    assert (again.quota.spent("units", DAY), again.quota.spent("search", DAY)) == (7, 1)
    again.close()


def test_pauses_survive_until_resumed(store: Store, reopened):
    store.quota.pause(pause())
    store.quota.pause(pause(bucket="units", until=None))
    store.quota.pause(pause(bucket="units", until=at(9)))
    again = reopened()
    assert sorted(again.quota.pauses(), key=str) == sorted(
        [pause(), pause(bucket="units", until=at(9))], key=str
    )
    again.quota.resume("youtube", "units")
    again.quota.resume("youtube", "units")
    again.quota.resume("icecast", None)
    assert again.quota.pauses() == [pause()]
    again.close()


def test_accounts_are_added_or_changed_by_key(store: Store, reopened):
    store.event.save_accounts([account(native_id=None, resolved_at=None), account(key="icecast:x")])
    store.event.save_accounts([account()])
    again = reopened()
    assert again.event.accounts() == [account(), account(key="icecast:x")]
    again.close()


def test_the_programme_is_replaced_and_its_reported_figures_keep_their_sources(
    store: Store, reopened
):
    reported = Reported(value=20_000_000, wording="more than 20 million views", sources=("a", "b"))
    first, second = edition(), edition(key="fez-2023", target_views=None, reported_views=reported)
    store.event.save_programme(programme(), [first])
    store.event.save_programme(programme(), [second, first])
    again = reopened()
    assert again.event.programme == programme()
    assert again.event.editions["edition"].to_list() == ["fez-2023", first.key]
    row = again.event.editions.row(0, named=True)
    assert row["reported_views_sources"] == ["a", "b"]
    assert row["target_views"] is None
    again.close()
