"""What a person wrote stays as it is, and a file that would not be sound is not written."""

import difflib
import shutil
from pathlib import Path

import pytest

from collector.config.load import load_config
from collector.contract.errors import ConfigError
from collector.setup.config_file import append_item, edit_config, remove_item

ROOT = Path(__file__).resolve().parents[3]
ACCOUNT = {"platform": "youtube", "handle": "@DGSN", "name": "الأمن الوطني"}


@pytest.fixture
def config(tmp_path):
    return Path(shutil.copy(ROOT / "config.yaml", tmp_path))


def changes(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def test_an_account_is_added_and_nothing_else_is_touched(config):
    before = config.read_text("utf-8")
    config.chmod(0o640)
    edit_config(config, lambda values: append_item(values, "accounts", ACCOUNT))
    assert changes(before, config.read_text("utf-8")) == [
        "-accounts: []",
        "+accounts:",
        "+  - {platform: youtube, handle: '@DGSN', name: الأمن الوطني}",
    ]
    assert [account.key for account in load_config(config).accounts] == ["youtube:@DGSN"]
    assert config.stat().st_mode & 0o777 == 0o640
    added = config.read_text("utf-8")
    edit_config(config, lambda values: append_item(values, "accounts", ACCOUNT | {"handle": "@B"}))
    assert len(changes(added, config.read_text("utf-8"))) == 1
    edit_config(config, lambda values: remove_item(values, "accounts", 1))
    assert config.read_text("utf-8") == added
    assert [file.name for file in config.parent.iterdir()] == ["config.yaml"]


@pytest.mark.parametrize(
    "written",
    ["", "accounts:\n  # ours\n  - platform: x\n    handle: DGSN # main\n"],
)
def test_lists_that_are_missing_empty_or_written_in_many_lines_take_one_more(config, written):
    text = config.read_text("utf-8").replace("accounts: []\n", written)
    config.write_text(text, "utf-8")
    before = len(load_config(config).accounts)
    edit_config(config, lambda values: append_item(values, "accounts", ACCOUNT))
    assert len(load_config(config).accounts) == before + 1
    assert not [line for line in changes(text, config.read_text("utf-8")) if line[0] == "-"]


def test_what_would_not_be_sound_is_refused_with_its_line_and_leaves_the_file(config):
    before = config.read_bytes()
    wrong = {"platform": "nowhere", "handle": "a"}
    with pytest.raises(ConfigError, match=rf"{config.name}:\d+: accounts\.0\.platform"):
        edit_config(config, lambda values: append_item(values, "accounts", wrong))
    assert config.read_bytes() == before
    assert [file.name for file in config.parent.iterdir()] == ["config.yaml"]


def test_a_link_stays_one(config, tmp_path):
    link = tmp_path / "linked" / "config.yaml"
    link.parent.mkdir()
    link.symlink_to(config)
    edit_config(link, lambda values: append_item(values, "accounts", ACCOUNT))
    assert link.is_symlink()
    assert load_config(config).accounts
