"""The import contracts hold in the house, and each of them breaks where someone goes against it.

Lines are planted in a copy of the packages: a contract that names a folder which is gone, or that
an exception has swallowed, would stay green for ever.
"""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("collector", "storage", "dashboard")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]

#: Contract, the file that goes against it, and the module that it imports.
PLANTED = (
    (
        "collector and dashboard stand on storage and never meet",
        "dashboard/cli.py",
        "collector.app",
    ),
    (
        "collector and dashboard stand on storage and never meet",
        "storage/model.py",
        "dashboard.cli",
    ),
    ("layers of the collector", "collector/scheduling/cadence.py", "collector.jobs.polling"),
    ("layers of the collector", "collector/contract/quota.py", "collector.config.base"),
    ("layers of the storage", "storage/store/tick.py", "storage.read_model.files"),
    ("layers of the storage", "storage/exports/run.py", "storage.evidence.build"),
    ("layers of the dashboard", "dashboard/charts/theme.py", "dashboard.components.wall"),
    ("layers of the dashboard", "dashboard/components/wall.py", "dashboard.session.context"),
    ("platforms do no I/O", "collector/platforms/_meta/graph.py", "asyncio"),
    ("platforms do no I/O", "collector/platforms/youtube/feed.py", "pathlib"),
    ("platforms do no I/O", "collector/contract/oauth.py", "httpx"),
    ("platforms do not know each other", "collector/platforms/kick.py", "collector.platforms.x"),
    (
        "platforms do not know each other",
        "collector/platforms/youtube/feed.py",
        "collector.platforms._meta.graph",
    ),
    (
        "platforms do not know each other",
        "collector/platforms/_meta/graph.py",
        "collector.platforms.facebook",
    ),
    ("the simulator is a guest", "collector/cli.py", "collector.simulator.demo"),
    ("duckdb only inside storage", "collector/app.py", "duckdb"),
    ("duckdb in storage only where the file is opened", "storage/exports/run.py", "duckdb"),
    ("httpx only in the transport", "collector/auth/login.py", "httpx"),
    ("apscheduler only in the scheduler", "collector/jobs/backup.py", "apscheduler"),
    (
        "streamlit only in the session, the pages and what serves them",
        "dashboard/public/page.py",
        "streamlit",
    ),
    ("the dashboard reads only what is published", "dashboard/session/layout.py", "storage.store"),
    ("charts know neither Streamlit nor files", "dashboard/charts/scale.py", "streamlit"),
    ("components are pure HTML", "dashboard/components/health.py", "starlette"),
    ("components are pure HTML", "dashboard/i18n/markup.py", "storage.read_model.reader"),
    (
        "analysis is pure polars",
        "storage/analysis/viewers/audience.py",
        "storage.read_model.reader",
    ),
    ("psycopg only in the shared store", "storage/store/tick.py", "psycopg"),
)


def copied(folder: Path) -> Path:
    """Copy the packages and their contracts to where lines may be planted."""
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def checked(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts in a folder; everything on one line, for names are folded at 80."""
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The packages in a folder of their own."""
    return copied(tmp_path_factory.mktemp("planted"))


def test_every_contract_has_a_line_planted_against_it():
    assert {name for name, _, _ in PLANTED} == {each["name"] for each in CONTRACTS["contracts"]}


def test_without_a_planted_line_every_contract_is_kept(copy):
    answer = checked(copy)
    assert f"{len(CONTRACTS['contracts'])} kept, 0 broken" in answer.stdout, answer.stderr


@pytest.mark.parametrize(("contract", "path", "module"), PLANTED)
def test_a_planted_line_breaks_its_contract_and_is_named(copy, contract, path, module):
    file = copy / path
    before = file.read_text("utf-8")
    file.write_text(f"{before}\nimport {module}\n", encoding="utf-8")
    try:
        answer = checked(copy)
    finally:
        file.write_text(before, encoding="utf-8")
    assert answer.returncode == 1, answer.stderr
    assert f"{contract} BROKEN" in answer.stdout
    assert f"{path.removesuffix('.py').replace('/', '.')} -> {module}" in answer.stdout


def test_a_room_that_nobody_gave_a_layer_is_refused(copy):
    room = copy / "collector" / "helpers"
    room.mkdir()
    (room / "__init__.py").write_text('"""Odds and ends."""\n')
    try:
        answer = checked(copy)
    finally:
        shutil.rmtree(room)
    assert answer.returncode == 1
    assert "helpers" in answer.stdout
