"""An edited config.yaml: taken over when it is whole and good, refused by file and line otherwise."""

import os

import pytest

from collector.config.load import load_config
from collector.config.reload import ConfigWatcher
from tests.collector.config.test_load import GOOD

KEY = "LIVETALLY_YOUTUBE_API_KEY"


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.delenv(KEY, raising=False)
    path = tmp_path / "config.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


@pytest.fixture
def edits(path):
    return ConfigWatcher(load_config(path))


def replaced(path, text):
    """Put ``text`` there the way editors do that never leave half a file."""
    beside = path.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def looked(edits, times=2):
    return [edits.look() for _ in range(times)][-1]


def handles(config):
    return [account.handle for account in config.accounts]


def errors(caplog):
    return [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]


def test_an_unchanged_file_is_nothing_new_nor_is_one_that_was_only_touched(edits, path):
    os.utime(path)
    assert looked(edits, 4) is None


def test_a_good_edit_takes_over_once(edits, path):
    replaced(path, GOOD.replace("@dgsn", "@other"))
    assert edits.look() is None  # it may be half written
    assert handles(edits.look()) == ["@other"]
    assert looked(edits, 3) is None


def test_an_edit_of_the_secrets_beside_it_takes_over_too(edits, path):
    (path.parent / ".env").write_text("LIVETALLY_YOUTUBE_API_KEY=another-key-of-mine\n")
    assert edits.look() is None
    edited = edits.look()
    assert edited is not None
    key = edited.platforms["youtube"].settings.api_key
    assert key is not None
    assert key.get_secret_value() == "another-key-of-mine"


def test_a_file_that_is_still_being_written_is_not_read_though_its_half_would_do(edits, path):
    whole = GOOD.replace("accounts:\n", "accounts:\n  - {platform: youtube, handle: '@new'}\n")
    half = whole[: whole.index('  - {platform: youtube, handle: "@dgsn"}')]
    path.write_text(half, encoding="utf-8")
    assert edits.look() is None
    path.write_text(whole, encoding="utf-8")
    assert edits.look() is None
    assert handles(edits.look()) == ["@new", "@dgsn"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (GOOD + "zzz: 1\n", ":16: zzz: unknown key"),
        (GOOD.replace("youtube, handle", "yuotube, handle"), ":13: "),
        (GOOD[: GOOD.index("platforms:")] + "platforms: {youtube: {dai", ":14: not YAML"),
        (GOOD[: GOOD.index("editions:")], ":1: editions"),
        ("", ":1: "),
        (None, "not found"),
    ],
)
def test_a_bad_edit_is_told_once_by_file_and_line_and_changes_nothing(
    edits, path, caplog, wrong, said
):
    before = edits.config
    if wrong is None:
        path.unlink()
    else:
        path.write_text(wrong, encoding="utf-8")
    assert looked(edits, 5) is None
    assert edits.config is before
    [error] = errors(caplog)
    assert f"{path}{said}" in error or f"{path}: {said}" in error
    assert "stays in force" in error
    replaced(path, GOOD.replace("@dgsn", "@mended"))
    assert handles(looked(edits)) == ["@mended"]


def test_what_needs_a_restart_stays_and_is_named(edits, path, caplog):
    before = edits.config
    text = GOOD + "storage: {database: other.duckdb, publish_seconds: 30}\nmetrics: {port: 9464}\n"
    replaced(path, text)
    found = looked(edits)
    assert found.storage.database == before.storage.database
    assert found.storage.publish_seconds == 30
    assert found.metrics == before.metrics
    told = " ".join(one.getMessage() for one in caplog.records)
    assert "storage.database needs a restart" in told
    assert "metrics needs a restart" in told


def test_a_secret_that_came_with_the_edit_is_masked_from_then_on(edits, path, monkeypatch):
    masks = edits.config.secrets
    monkeypatch.setenv(KEY, "another-secret-key")
    replaced(path, GOOD.replace("@dgsn", "@other"))
    assert looked(edits).secrets is masks
    assert "another-secret-key" not in masks.redact("sent another-secret-key")
