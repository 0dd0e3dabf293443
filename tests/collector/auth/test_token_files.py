"""Token files: what an earlier version wrote is read to equal values, and nothing else is taken."""

import json
from datetime import UTC, datetime

import pytest

from collector.auth.token_files import TokenFiles
from collector.contract.errors import ConfigError
from collector.contract.grants import Token

#: To the byte as 0.1 wrote it, with ``json.dump``.
WRITTEN_BEFORE = (
    '{"access_token": "a-canary\\u00e9", "obtained_at": "2026-05-17T10:00:00+00:00", '
    '"expires_at": "2026-05-17T11:00:00.250000+00:00", "refresh_token": "r1", '
    '"refresh_expires_at": null, "scopes": ["video.list", "offline"]}'
)
TOKEN = Token(
    access_token="a-canaryé",
    obtained_at=datetime(2026, 5, 17, 10, tzinfo=UTC),
    expires_at=datetime(2026, 5, 17, 11, 0, 0, 250_000, tzinfo=UTC),
    refresh_token="r1",
    scopes=("video.list", "offline"),
)


def test_a_file_of_before_is_read_to_the_same_token(tmp_path):
    files = TokenFiles(tmp_path)
    files.save("x:@dgsn", TOKEN)
    [path] = tmp_path.glob("*.json")
    path.write_text(WRITTEN_BEFORE, "utf-8")
    assert files.load("x:@dgsn") == TOKEN


def test_a_file_of_now_has_the_keys_and_times_of_before(tmp_path):
    TokenFiles(tmp_path).save("x:@dgsn", TOKEN)
    [path] = tmp_path.glob("*.json")
    fields, before = json.loads(path.read_bytes()), json.loads(WRITTEN_BEFORE)
    assert fields.keys() == {*before, "sum"}
    for name in ("obtained_at", "expires_at"):
        assert datetime.fromisoformat(fields[name]) == datetime.fromisoformat(before[name])
    assert TokenFiles(tmp_path).load("x:@dgsn") == TOKEN


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"access_token": "half-canary"',
        '{"access_token": "half-canary"}',
        WRITTEN_BEFORE.replace('"r1"', "7"),
        WRITTEN_BEFORE.replace('"2026-05-17T10:00:00+00:00"', '"half-canary"'),
    ],
)
def test_what_is_not_a_token_is_refused_and_not_quoted(tmp_path, content):
    files = TokenFiles(tmp_path)
    files.save("x", TOKEN)
    [path] = tmp_path.glob("*.json")
    path.write_text(content, "utf-8")
    with pytest.raises(ConfigError, match="delete it and log in again") as caught:
        files.load("x")
    assert "canary" not in str(caught.value)
