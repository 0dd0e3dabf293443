"""Row 66: what others on the machine may read."""

import stat
from pathlib import Path

import pytest

from tests.support.command_process import quiet_config, run_commands

pytestmark = pytest.mark.fault(row=66)
WRITING = [
    ["collect", "once"],
    ["storage", "backup"],
    ["storage", "export", "--edition", "fair-2023", "--out", "{}/rows.csv"],
    ["dashboard", "publish"],
]


def modes(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): stat.S_IMODE(path.stat().st_mode)
        for path in folder.rglob("*")
    }


def written(folder: Path, **environment: str) -> dict[str, int]:
    config = quiet_config(folder)
    config.chmod(0o644)
    commands = [[word.format(folder) for word in words] for words in WRITING]
    for words, (code, text) in zip(
        commands, run_commands(config, *commands, environment=environment), strict=True
    ):
        assert code == 0, (words, text)
    found = modes(folder)
    del found["config.yaml"]
    return found


def test_data_is_its_owners_alone_and_the_public_pages_are_everyones(tmp_path, fault_record):
    found = written(tmp_path)
    public = {path: mode for path, mode in found.items() if path.startswith("data/public")}
    data = {path: mode for path, mode in found.items() if path not in public}
    assert {"data", "data/livetally.duckdb", "data/published/manifest.json", "rows.csv"} <= set(
        data
    )
    assert any(path.startswith("data/backups/") for path in data)
    assert set(data.values()) == {0o700, 0o600}, data
    assert public.pop("data/public") == 0o755
    assert set(public.values()) == {0o644}, public
    fault_record(
        row=66,
        fault="another user of the machine reads what is kept",
        injected="a first run, a backup, an export and the public pages, under umask 022",
        outcome="folders of mode 0700 and files of 0600, but for the public pages (0755 and 0644); "
        "LIVETALLY_UMASK says otherwise",
        recovery_seconds=None,
    )


def test_the_umask_can_be_said(tmp_path):
    found = written(tmp_path, LIVETALLY_UMASK="027")
    assert found["data/livetally.duckdb"] == 0o640
    assert found["data/published"] == 0o750


def test_a_folder_that_is_there_keeps_its_mode(tmp_path):
    shared = tmp_path / "data"
    shared.mkdir(mode=0o755)
    shared.chmod(0o755)
    assert written(tmp_path)["data"] == 0o755
