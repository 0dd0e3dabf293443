"""The configuration: what fits, and how each misfit names its line and remedy."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.config.load import load_config
from collector.contract.errors import ConfigError
from collector.platforms import platforms

ROOT = Path(__file__).resolve().parents[3]
CANARY = "AIzaCanaryCanaryCanaryCanaryCanaryCanary"
GOOD = """\
programme:
  key: open-days
  names: {ar: أيام, fr: Journées, en: Open Days}
  time_zone: Africa/Casablanca
editions:
  - key: fez-2023
    names: {ar: فاس, fr: Fès, en: Fez}
    city: {ar: فاس, fr: Fès, en: Fez}
    starts_on: 2023-05-17
    ends_on: 2023-05-21
    target_views: 20_000_000
accounts:
  - {platform: youtube, handle: "@dgsn"}
platforms:
  youtube: {daily_units: 5000}
"""


@pytest.fixture(autouse=True)
def no_keys_in_the_environment(monkeypatch):
    for name in ("LIVETALLY_YOUTUBE_API_KEY", "LIVETALLY_YOUTUBE_API_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)


def written(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(written(folder, text))
    return str(caught.value)


def test_the_shipped_config_holds_the_three_editions_with_their_reported_figures():
    config = load_config(ROOT / "config.yaml")
    views = [edition.reported_views.value for edition in config.editions]
    assert views == [20_000_000, 25_000_000, 29_000_000]
    assert all(edition.reported_views.sources for edition in config.editions)
    assert config.programme.time_zone == "Africa/Casablanca"


def test_an_edition_lasts_from_local_midnight_to_the_midnight_after_its_last_day(tmp_path):
    edition = load_config(written(tmp_path, GOOD)).editions[0]
    assert edition.starts_at == datetime(2023, 5, 16, 23, tzinfo=UTC)
    assert edition.ends_at == datetime(2023, 5, 21, 23, tzinfo=UTC)


def test_an_annotation_without_an_offset_is_of_the_programmes_clock(tmp_path):
    names = "names: {ar: الافتتاح, fr: Ouverture, en: Opening}"
    local = f"    - {{at: 2023-05-17 10:00, {names}}}\n"
    offset = f"    - {{at: 2023-05-17T10:00:00+00:00, {names}}}\n"
    text = GOOD.replace("editions:", f"  annotations:\n{local}{offset}editions:")
    first, second = load_config(written(tmp_path, text)).annotations
    assert first.at == datetime(2023, 5, 17, 9, tzinfo=UTC)
    assert second.at == datetime(2023, 5, 17, 10, tzinfo=UTC)
    assert first.names.fr == "Ouverture"


def test_paths_count_from_the_files_own_folder(tmp_path):
    config = load_config(written(tmp_path, GOOD))
    assert config.storage.database == tmp_path / "data/livetally.duckdb"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("target_views", "target_vews", ":11: editions.0.target_vews: unknown key; did you mean"),
        ("20_000_000", "many", ":11: editions.0.target_views: input should be a valid integer"),
        ("2023-05-21", "2023-05-01", ":6: editions.0: ends_on 2023-05-01 is before"),
        (
            "platform: youtube",
            "platform: myspace",
            ":13: accounts.0.platform: unknown platform: 'myspace'; expected",
        ),
        (
            "  youtube: {",
            "  myspace: {",
            ":15: platforms.myspace: unknown platform: 'myspace'; expected one of "
            + ", ".join(platforms()),
        ),
        ("daily_units: 5000", "daily_unit: 1", ":15: platforms.youtube.daily_unit: unknown key"),
        (
            "Africa/Casablanca",
            "Africa/Fez",
            ":4: programme.time_zone: unknown time zone: 'Africa/Fez'",
        ),
        ("ends_on: 2023-05-21", "", ":6: editions.0.ends_on: missing"),
        ("  key: open-days", "  key: [", "not YAML"),
        (
            "    target_views",
            "    key: again\n    target_views",
            ":11: duplicate key 'key': remove one",
        ),
    ],
)
def test_a_misfit_names_its_line_what_was_found_and_what_is_allowed(tmp_path, old, new, expected):
    assert old in GOOD
    said = complaint(tmp_path, GOOD.replace(old, new, 1))
    assert expected in said
    assert "config.yaml" in said


def test_all_misfits_are_told_at_once(tmp_path):
    said = complaint(tmp_path, GOOD.replace("20_000_000", "x") + "zzz: 1\n")
    assert len(said.splitlines()) == 2


def test_a_secret_in_the_file_is_refused_and_never_printed(tmp_path):
    said = complaint(tmp_path, GOOD.replace("daily_units: 5000", f"api_key: {CANARY}"))
    assert ":15: platforms.youtube.api_key: secrets are never kept in this file" in said
    assert "LIVETALLY_YOUTUBE_API_KEY" in said
    assert CANARY not in said


def test_a_secret_under_a_wrong_key_is_not_printed_either(tmp_path):
    said = complaint(tmp_path, GOOD.replace("daily_units: 5000", f"apikey: {CANARY}"))
    assert "unknown key" in said
    assert CANARY not in said


def youtube_key(config) -> str:
    """The key in YouTube's section, out of its cover."""
    return config.platforms["youtube"].settings.api_key.get_secret_value()


def test_the_key_comes_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("LIVETALLY_YOUTUBE_API_KEY", CANARY)
    config = load_config(written(tmp_path, GOOD))
    assert youtube_key(config) == CANARY
    assert CANARY not in config.secrets.redact(CANARY)
    assert CANARY not in repr(config.platforms["youtube"].settings)


def test_the_key_comes_from_a_file_that_the_environment_names(tmp_path, monkeypatch):
    secret = tmp_path / "key"
    secret.write_text(f"{CANARY}\n")
    monkeypatch.setenv("LIVETALLY_YOUTUBE_API_KEY_FILE", str(secret))
    config = load_config(written(tmp_path, GOOD))
    assert youtube_key(config) == CANARY


def test_the_key_comes_from_dot_env_beside_the_configuration(tmp_path):
    (tmp_path / ".env").write_text(f"LIVETALLY_YOUTUBE_API_KEY={CANARY}\n")
    config = load_config(written(tmp_path, GOOD))
    assert youtube_key(config) == CANARY
    assert CANARY not in config.secrets.redact(CANARY)


def test_a_secret_file_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("LIVETALLY_YOUTUBE_API_KEY_FILE", str(tmp_path / "nowhere"))
    assert "LIVETALLY_YOUTUBE_API_KEY_FILE names" in complaint(tmp_path, GOOD)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match="not found"):
        load_config(tmp_path / "nowhere.yaml")


def with_match(match: str) -> str:
    return GOOD.replace("accounts:", f"{match}accounts:", 1)


BELONGING = """\
    match:
      keywords: [الأبواب المفتوحة, "portes ouvertes"]
      hashtags: ["#DGSN", أيام_الأبواب]
      playlists: [PL0123456789]
      include: ["youtube:AAAAAAAAAAA", "https://youtu.be/BBBBBBBBBBB"]
      exclude: ["youtube:CCCCCCCCCCC"]
    sessions:
      - key: opening
        names: {ar: الافتتاح, fr: Ouverture, en: Opening}
        broadcasts: ["youtube:AAAAAAAAAAA", "icecast:radio"]
"""


def test_what_belongs_to_an_edition_is_read_with_its_sessions(tmp_path):
    text = with_match(BELONGING).replace('"@dgsn"', '"@dgsn", playlists: [PL0123456789]')
    config = load_config(written(tmp_path, text))
    [rule] = config.rules
    assert rule.edition is config.editions[0]
    said = ["keyword:الأبواب المفتوحة", "keyword:portes ouvertes"]
    assert [term.label for term in rule.terms] == [*said, "hashtag:#DGSN", "hashtag:#أيام_الأبواب"]
    assert rule.playlists == ("PL0123456789",)
    assert rule.include == ("youtube:AAAAAAAAAAA", "https://youtu.be/BBBBBBBBBBB")
    [session] = config.editions[0].sessions
    assert (session.key, session.names.ar) == ("opening", "الافتتاح")
    assert config.accounts[0].playlists == ("PL0123456789",)


def test_a_playlist_may_be_given_as_its_address(tmp_path):
    address = '"https://www.youtube.com/playlist?list=PL0123456789&si=x"'
    text = GOOD.replace('"@dgsn"', f'"@dgsn", playlists: [{address}]')
    assert load_config(written(tmp_path, text)).accounts[0].playlists == ("PL0123456789",)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("keywords: [", "keywrods: [", ":13: editions.0.match.keywrods: unknown key; did you mean"),
        (
            '"portes ouvertes"',
            '"!?"',
            ":13: editions.0.match.keywords.1: neither letter nor digit: '!?'",
        ),
        ('"#DGSN"', '"#"', ":14: editions.0.match.hashtags.0: neither letter nor digit: '#'"),
        (
            "[PL0123456789]",
            "[PL1]",
            ":15: editions.0.match.playlists.0: invalid playlist: 'PL1'; expected",
        ),
        ("[PL0123456789]", "[PL9999999999]", ":15: editions.0.match.playlists.0: no account lists"),
        (
            '"youtube:AAAAAAAAAAA", "h',
            '"AAAAAAAAAAA", "h',
            ":16: editions.0.match.include.0: invalid broadcast: 'AAAAAAAAAAA'",
        ),
        (
            "CCCCCCCCCCC",
            "AAAAAAAAAAA",
            ":16: editions.0.match.include.0: listed in both include and exclude",
        ),
        ("key: opening", "key: Opening!", ":19: editions.0.sessions.0.key: string should match"),
        (
            '"icecast:radio"',
            '"myspace:1"',
            ":21: editions.0.sessions.0.broadcasts.1: invalid broadcast: 'myspace:1'",
        ),
        (
            '"icecast:radio"',
            '"youtube:AAAAAAAAAAA"',
            ":21: editions.0.sessions.0.broadcasts.1: broadcast is already",
        ),
        (", en: Opening", "", ":20: editions.0.sessions.0.names.en: missing"),
    ],
)
def test_a_misfit_of_what_belongs_names_its_line(tmp_path, old, new, expected):
    text = with_match(BELONGING).replace('"@dgsn"', '"@dgsn", playlists: [PL0123456789]')
    before, belonging, after = text.partition(BELONGING)
    assert old in belonging
    assert expected in complaint(tmp_path, before + belonging.replace(old, new, 1) + after)


def test_a_hashtag_without_quotes_is_a_comment_and_the_remedy_says_so(tmp_path):
    said = complaint(tmp_path, with_match("    match:\n      hashtags:\n        - #DGSN\n"))
    assert ":14: editions.0.match.hashtags.0: empty value; quote hashtags" in said
    assert '"#event" (an unquoted # is a comment)' in said


def test_two_editions_cannot_include_one_broadcast(tmp_path):
    one = '    match: {include: ["youtube:AAAAAAAAAAA"]}\n'
    edition = GOOD.partition("editions:\n")[2].partition("accounts:")[0]
    text = with_match(one + edition.replace("fez-2023", "again") + one)
    assert ":19: editions.1.match.include.0: listed twice in include" in complaint(tmp_path, text)


def test_playlists_of_an_account_that_has_none_are_refused(tmp_path):
    text = GOOD.replace(
        '{platform: youtube, handle: "@dgsn"}',
        '{platform: icecast, handle: "http://r", playlists: [PL0123456789]}',
    )
    assert ":13: accounts.0.playlists: icecast has no playlists; expected" in complaint(
        tmp_path, text
    )


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.5", "::", "metrics.example"])
def test_metrics_are_kept_to_this_machine_unless_said_otherwise(tmp_path, address):
    said = complaint(tmp_path, GOOD + f'metrics: {{address: "{address}", port: 9464}}\n')
    assert "config.yaml:16: metrics" in said
    assert "expected" in said
    assert "127.0.0.1" in said


def test_metrics_may_be_public_where_the_configuration_says_so(tmp_path):
    text = GOOD + 'metrics: {address: "0.0.0.0", port: 9464, allow_public: true}\n'
    assert load_config(written(tmp_path, text)).metrics.address == "0.0.0.0"
