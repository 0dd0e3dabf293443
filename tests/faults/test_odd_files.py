"""Row 65: what a person names is a pipe, a device, a folder or far too large."""

import os
import socket
from pathlib import Path

import pytest

from storage.system.ordinary_files import NotOrdinary, check_ordinary, make_folder
from tests.support.command_process import quiet_config, run_commands

pytestmark = pytest.mark.fault(row=65)


@pytest.fixture
def odd(tmp_path) -> dict[str, Path]:
    """Every kind of thing that is no ordinary file, and links to some of them."""
    folder = tmp_path / "odd"
    folder.mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "a folder").mkdir()
    (folder / "link to a pipe").symlink_to("pipe")
    (folder / "link to a device").symlink_to("/dev/zero")
    (folder / "link to a link").symlink_to("link to a device")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(folder / "socket"))
    return {path.name: path for path in sorted(folder.iterdir())}


def test_each_kind_is_told_without_opening_it(odd, tmp_path):
    for path in (*odd.values(), Path("/dev/null"), Path("a\0b")):
        with pytest.raises(NotOrdinary):
            check_ordinary(path)
    file = tmp_path / "file"
    file.write_bytes(b"12345")
    check_ordinary(file, most_bytes=5)
    check_ordinary(tmp_path / "not there")
    with pytest.raises(NotOrdinary, match="larger than 4 bytes"):
        check_ordinary(file, most_bytes=4)
    with pytest.raises(NotOrdinary, match="not a folder"):
        make_folder(file)
    with pytest.raises(NotOrdinary, match="not a folder"):
        make_folder(file / "below")


def commands(path: Path, folder: Path, name: str) -> list[list[str | Path]]:
    """Every command and setting that names a file, given ``path``."""
    ending = ["--edition", "fair-2023", "--out"]
    configured = [
        quiet_config(folder / f"{name}-{key}", f"storage: {{{key}: {path}}}\n")
        for key in ("database",)
    ]
    return [
        ["--config", path, "collect", "once"],
        ["storage", "import", path],
        ["storage", "evidence", "--check", path],
        ["storage", "evidence", "--database", path, *ending, folder / "x.zip"],
        ["storage", "export", "--what", "raw", "--database", path, *ending, folder / "x.csv"],
        ["storage", "evidence", *ending, path],
        ["storage", "export", "--format", "csv", *ending, path],
        *(["--config", config, *words] for config in configured
          for words in (["collect", "once"], ["collect", "run"], ["storage", "verify"])),
    ]  # fmt: skip


def test_no_command_opens_one_and_each_exits_2(odd, tmp_path, fault_record):
    config = quiet_config(tmp_path)
    asked = [
        words
        for name in ("pipe", "link to a pipe", "link to a link", "a folder", "socket")
        for words in commands(odd[name], tmp_path, name)
    ]
    folders = [
        ["--config", quiet_config(tmp_path / "read", f"storage: {{read_model: {odd['pipe']}}}\n"),
         "collect", "once"],
        ["dashboard", "publish", "--out", odd["pipe"]],
        ["demo", "--folder", odd["link to a device"]],
    ]  # fmt: skip
    # An empty database is there, so that what is refused is the path and not that there is none.
    assert run_commands(config, ["collect", "once"])[0][0] == 0
    answers = run_commands(config, *asked, *folders)
    for words, (code, text) in zip([*asked, *folders], answers, strict=True):
        assert code == 2, (words, code, text)
        assert "Traceback" not in text, (words, text)
    assert all(path.exists() or path.name == "socket" for path in odd.values()), "none was replaced"
    assert not (tmp_path / "x.csv").exists()

    fault_record(
        row=65,
        fault="a path that a person names is no ordinary file",
        injected="pipes, devices, folders, sockets and links to them, and files of gigabytes, as "
        "configuration, secrets, database, import, bundle, output and folder",
        outcome="refused with exit code 2 before it is opened, with what it is; nothing is replaced",
        recovery_seconds=None,
    )


@pytest.mark.parametrize("name", ["pipe", "link to a device", "a folder"])
def test_a_file_of_secrets_is_one(odd, tmp_path, name):
    config = quiet_config(tmp_path / "with")
    variable = "LIVETALLY_YOUTUBE_API_KEY_FILE"
    [(code, text)] = run_commands(
        config, ["collect", "discover"], environment={variable: str(odd[name])}
    )
    assert code == 2, text
    assert variable in text
    (config.parent / ".env").symlink_to(odd[name])
    [(code, text)] = run_commands(config, ["collect", "discover"])
    assert code == 2, text
    assert ".env" in text


def test_what_is_too_large_is_refused_by_its_size(tmp_path):
    config = quiet_config(tmp_path)
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(5_000_000_000)
    asked = [
        ["--config", large, "collect", "once"],
        ["storage", "import", "--dry-run", large],
        ["storage", "evidence", "--check", large],
    ]
    for words, (code, text) in zip(asked, run_commands(config, *asked), strict=True):
        assert code == 2, (words, text)
        assert "larger than" in text
