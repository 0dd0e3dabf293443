"""Sets the demo's stage: its configuration, its past in storage, and how its simulator starts."""

import shutil
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml
from rich.progress import track

from collector.contract.errors import ConfigError
from collector.simulator.past.polls import accounts
from collector.simulator.past.ticks import history
from collector.simulator.platforms import Platforms, assemble
from collector.simulator.world.scenario import Scenario, scenario
from storage.model import Edition
from storage.read_model.publisher import Publisher
from storage.store import Store

SEED = 7
TOKENS = "tokens"


@dataclass(frozen=True, kw_only=True)
class Demo:
    """A demo ready to start: run ``simulator`` first, then everything on ``config_path``."""

    config_path: Path
    simulator: Sequence[str]
    public_port: int
    environment: Mapping[str, str]


def prepare(folder: Path, *, port: int, now: Callable[[], datetime]) -> Demo:
    """Make the demo anew in ``folder``, its dashboard on ``port``.

    Raises:
        ConfigError: the folder holds something that no demo has left there.
    """
    config_path = folder / "config.yaml"
    if folder.exists() and any(folder.iterdir()):
        if not (folder / "SIMULATED").exists():
            raise ConfigError(f"{folder} is not a demo's folder; name another with --folder")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "SIMULATED").write_text("Nothing in this folder is real. It may be deleted.\n")
    start = now()
    stage = scenario(start, seed=SEED)
    address = f"http://127.0.0.1:{_free_port()}"
    platforms = assemble(stage.stage, address, now=now)
    public_port = _free_port(port + 1)
    settings = _config(stage, platforms, port, public_port)
    text = yaml.safe_dump(settings, allow_unicode=True, sort_keys=False)
    config_path.write_text(f"# Made by `livetally demo`; everything is simulated.\n{text}")
    platforms.keep_tokens(folder / TOKENS)
    _load_past(stage, folder, address, now)
    return Demo(
        config_path=config_path,
        public_port=public_port,
        simulator=(
            sys.executable,
            "-m",
            "collector.simulator.wire.server",
            f"--port={address.rsplit(':', 1)[1]}",
            f"--seed={SEED}",
            f"--start={start.isoformat()}",
        ),
        environment=platforms.environment,
    )


def _load_past(stage: Scenario, folder: Path, address: str, now: Callable[[], datetime]) -> None:
    """Keep and publish what a collector would have seen before, so that it is there at once."""
    store = Store.open(folder / "livetally.duckdb", now=now, simulated=True)
    try:
        store.save_accounts(accounts(stage, address))
        store.save_programme(stage.programme, stage.editions)
        ticks = list(history(stage, address=address, next_poll_id=store.next_poll_id))
        for tick in track(ticks, description="simulating the past", transient=True):
            store.record(tick)
        Publisher(store, folder / "published", now=now, version=version("livetally")).publish([])
    finally:
        store.close()


def _config(stage: Scenario, platforms: Platforms, port: int, public_port: int) -> dict[str, Any]:
    """Return the demo's configuration: everything quicker than in life, to be seen at once."""
    return {
        "simulated": True,
        "allow_private_addresses": True,
        "programme": {
            "key": stage.programme.key,
            "names": asdict(stage.programme.names),
            "time_zone": stage.programme.time_zone,
            "annotations": [_opening(one) for one in stage.editions],
        },
        "editions": [_edition(one) for one in stage.editions],
        "accounts": [
            {"platform": one.platform, "handle": one.handle, "name": one.name}
            for one in accounts(stage, platforms.address)
        ],
        "platforms": platforms.sections,
        "cadence": {
            "tick_seconds": 5,
            "grid_seconds": 5,
            "live_seconds": 10,
            "discovery_seconds": 30,
        },
        "storage": {
            "database": "livetally.duckdb",
            "read_model": "published",
            "tokens": TOKENS,
            "publish_seconds": 5,
        },
        "dashboard": {
            "port": port,
            "language": "en",
            "refresh_seconds": 5,
            "chart_seconds": 15,
            "public": {"folder": "public", "port": public_port, "every_seconds": 5},
        },
    }


def _opening(edition: Edition) -> dict[str, Any]:
    at = edition.starts_at + timedelta(hours=10)
    names = {"ar": "حفل الافتتاح", "fr": "Cérémonie d'ouverture", "en": "Opening ceremony"}
    return {"at": at.isoformat(), "names": names}


def _edition(edition: Edition) -> dict[str, Any]:
    zone = edition.starts_at.tzinfo
    last = (edition.ends_at - timedelta(hours=1)).astimezone(zone)
    return {
        "key": edition.key,
        "names": asdict(edition.names),
        "city": asdict(edition.city),
        "starts_on": edition.starts_at.date(),
        "ends_on": last.date(),
        "target_views": edition.target_views,
    }


def _free_port(wanted: int = 0) -> int:
    """The port wanted, or any other when it is taken."""
    try:
        with socket.create_server(("127.0.0.1", wanted)) as probe:
            return int(probe.getsockname()[1])
    except (OSError, OverflowError):
        return _free_port()
