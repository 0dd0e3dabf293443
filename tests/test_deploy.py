"""What stands in deploy/: its commands exist, and the tools that are here agree with it."""

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from livetally import cli

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
INSTALLED = "/opt/livetally/.venv/bin"
analyze = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")


def command_at(words):
    """The command that ``words`` name, without the program and its options."""
    command = get_command(cli)
    path = [word for word in words if re.fullmatch(r"[a-z]+", word) and word != "livetally"]
    for word in path:
        command = vars(command)["commands"][word]
    return command


def options_of(unit):
    text = "\n".join(dict.fromkeys(unit.read_text("utf-8").splitlines()))
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    setattr(parser, "optionxform", str)  # noqa: B010 - keys keep their case, which its type forbids
    parser.read_string(text)
    return parser["Service"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_the_unit_s_command_exists_and_stays_down_where_a_restart_does_not_help(unit):
    service = options_of(unit)
    words = shlex.split(service["ExecStart"])
    assert words[0] == f"{INSTALLED}/livetally"
    assert (Path(sys.executable).parent / "livetally").exists()
    assert command_at(words[1:]).name in {"run", "publish"}
    assert service["Restart"] == "on-failure"
    assert "2" in service["RestartPreventExitStatus"].split()


@analyze
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_finds_no_fault_with_the_unit(unit, tmp_path):
    here = tmp_path / unit.name
    here.write_text(unit.read_text("utf-8").replace(INSTALLED, str(Path(sys.executable).parent)))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", here], capture_output=True, text=True, check=False
    )
    complaints = [line for line in done.stderr.splitlines() if unit.name in line]
    assert (done.returncode, complaints) == (0, []), done.stderr


@analyze
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_the_unit_is_as_closed_as_the_readme_says(unit):
    command = ["systemd-analyze", "security", "--offline=yes", "--no-pager", unit]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    [exposed] = re.findall(r"exposure level for \S+: ([\d.]+)", done.stdout)
    [told] = re.findall(rf"{unit.name}\) \| ([\d.]+) OK", (DEPLOY / "README.md").read_text("utf-8"))
    # A newer systemd weighs differently; what must not happen is that the unit opens up.
    assert float(exposed) <= float(told) + 0.2


def test_every_container_is_closed_and_its_command_exists():
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    for service in compose["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["user"] == "10001:10001"
        assert service["healthcheck"]["test"]
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
        assert command_at(service["command"]).name == "run"
    collector, dashboard = compose["services"]["collector"], compose["services"]["dashboard"]
    assert "secrets" in collector
    assert "secrets" not in dashboard
    assert all(volume.endswith(":ro") for volume in dashboard["volumes"])


def test_the_image_is_made_of_what_is_here_and_runs_as_nobody_special():
    lines = (DEPLOY / "Containerfile").read_text("utf-8").splitlines()
    copied = [
        word
        for line in lines
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    ]
    assert [one for one in copied if not (ROOT / one).exists()] == []
    assert "USER 10001:10001" in lines


def test_the_health_check_reads_what_status_says():
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    check = compose["services"]["collector"]["healthcheck"]["test"][1]
    wanted = re.search(r"grep -q '(.+)'$", check).group(1)
    assert wanted == '"collector_is_dead": false'
