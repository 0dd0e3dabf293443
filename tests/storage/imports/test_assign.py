"""Whose figures they are: the edition, the broadcast and the account that an import finds."""

import polars as pl

from storage.store import Store
from tests.support.import_commands import archive, brought, reported
from tests.support.import_files import AS_OF, EDITION, FIXTURES, opening
from tests.support.ticks import told


def test_what_no_edition_holds_is_refused_with_what_to_say(place, tmp_path):
    path = archive(tmp_path, "facebook_en.csv", archived="facebook.zip")
    code, [done] = brought(place, path)
    assert (code, done["taken"]) == (1, 10)
    assert done["refused"] == [
        {
            "line": 4,
            "reason": "unknown edition (2025-04-02 is in no edition's days): add --edition",
        }
    ]
    code, [done] = brought(place, path, "--edition", EDITION)
    assert (code, done["taken"], done["known"]) == (1, 0, 10)
    assert done["refused"][0]["reason"] == (
        "2025-04-02 is not in the days of test-2025: add --any-day if it belongs to it"
    )
    code, [done] = brought(place, path, "--edition", EDITION, "--any-day")
    assert (code, done["taken"], done["known"], done["import_id"]) == (0, 5, 10, 2)
    code, [done] = brought(place, path)
    assert (code, done["already_import"], done["taken"]) == (0, 2, 0)


def test_a_whole_accounts_figures_are_taken_once_it_is_said_whose_they_are(place):
    path = FIXTURES / "facebook_days.csv"
    code, [done] = brought(place, path)
    assert (code, done["taken"]) == (1, 0)
    assert [(one["line"], one["reason"]) for one in done["refused"]] == [
        (
            line,
            "a whole account's figure, and the file does not name the account: add --account facebook:@name",
        )
        for line in (4, 5)
    ]
    code, [done] = brought(place, path, "--account", "instagram:@dgsn")
    assert (code, done["taken"]) == (1, 0)
    reason = "unknown account 'instagram:@dgsn' on facebook: add --account facebook:@name"
    assert {one["reason"] for one in done["refused"]} == {reason}
    code, [done] = brought(place, path, "--account", "facebook:@dgsn")
    assert (code, done["taken"]) == (0, 2)
    assert set(reported(place)["account"]) == {"facebook:@dgsn"}


def test_a_figure_is_of_one_edition_and_stays_there(place):
    brought(place, FIXTURES / "facebook_fr.csv")
    words = ("--edition", "test-2026", "--any-day")
    code, [done] = brought(place, FIXTURES / "facebook_en.csv", *words)
    assert (code, done["taken"], done["known"]) == (0, 10, 5)
    opening_ = reported(place).filter(broadcast="998877665544332")
    assert set(opening_["edition"]) == {EDITION}


def test_a_broadcast_that_counts_elsewhere_is_not_moved(place, tmp_path):
    code, [done] = brought(
        place, archive(tmp_path, "studio_en.csv"), "--edition", "test-2026", "--any-day"
    )
    assert (code, done["taken"]) == (1, 9)
    assert [one["reason"] for one in done["refused"]] == [
        "opening2025 counts for test-2025, not for test-2026"
    ]


def test_a_live_video_is_known_by_its_address_where_its_id_is_another(place):
    store = Store.reopen(place.database, now=lambda: AS_OF)
    live = opening(
        key="facebook:9001",
        platform="facebook",
        native_id="9001",
        account="facebook:dgsn",
        url="https://www.facebook.com/dgsn.maroc/videos/998877665544332/",
    )
    reel = opening(
        key="instagram:555",
        platform="instagram",
        native_id="555",
        account="instagram:dgsn",
        url="https://instagram.com/reel/DAbc123",
    )
    store.record(told(live, reel))
    store.close()
    brought(place, FIXTURES / "facebook_fr.csv", FIXTURES / "instagram_en.csv")
    found = reported(place).group_by("platform", "account").agg(pl.col("broadcast").unique())
    assert sorted(found.iter_rows()) == [
        ("facebook", "facebook:dgsn", ["9001"]),
        ("instagram", "instagram:dgsn", ["555"]),
    ]


def test_accounts_are_found_by_id_and_name_and_else_as_said(place):
    brought(place, FIXTURES / "x_posts.csv", "--period", "lifetime")
    brought(place, FIXTURES / "tiktok_posts.csv", "--account", "tiktok:@dgsn")
    accounts = reported(place).group_by("platform").agg(pl.col("account").unique())
    assert dict(accounts.iter_rows()) == {"x": ["x:@dgsn_maroc"], "tiktok": ["tiktok:@dgsn"]}
