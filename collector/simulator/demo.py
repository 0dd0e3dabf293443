"""The demo: its configuration, its past in storage, and how its simulator starts."""

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
from collector.simulator.past.polls import official_accounts
from collector.simulator.past.ticks import simulate_history
from collector.simulator.platforms import Platforms, assemble_platforms
from collector.simulator.wire.templates import Templates
from collector.simulator.world.scenario import Scenario, build_scenario
from storage.errors import writing
from storage.model import Edition
from storage.read_model.publisher import Publisher
from storage.store import Store
from storage.system.ordinary_files import make_folder

SEED = 7
TOKENS = "tokens"
_TEMPLATES = Templates(Path(__file__).with_name("demo.yaml"))


@dataclass(frozen=True, kw_only=True)
class Demo:
    """A demo ready to start: run ``simulator`` first, then everything on ``config_path``."""

    config_path: Path
    simulator: Sequence[str]
    public_port: int
    environment: Mapping[str, str]


def prepare_demo(folder: Path, *, port: int, now: Callable[[], datetime]) -> Demo:
    """Make the demo anew in ``folder``, its dashboard on ``port``.

    Raises:
        ConfigError: the folder holds something that no demo has left there.
    """
    config_path = folder / "config.yaml"
    make_folder(folder)
    if any(folder.iterdir()):
        if not (folder / "SIMULATED").exists():
            raise ConfigError(
                f"not a demo's folder: '{folder}'; expected an empty one or that of an earlier "
                "demo: name another with --folder"
            )
        shutil.rmtree(folder)
        make_folder(folder)
    with writing(folder):
        (folder / "SIMULATED").write_text("Nothing in this folder is real. It may be deleted.\n")
    start = now()
    event = build_scenario(start, seed=SEED)
    address = f"http://127.0.0.1:{_free_port()}"
    platforms = assemble_platforms(event.world, address, now=now)
    public_port = _free_port(port + 1)
    settings = _config(event, platforms, port, public_port)
    text = yaml.safe_dump(settings, allow_unicode=True, sort_keys=False)
    with writing(config_path):
        config_path.write_text(f"# Made by `livetally demo`; everything is simulated.\n{text}")
    platforms.save_tokens(folder / TOKENS)
    _load_past(event, folder, address, now)
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


def _load_past(event: Scenario, folder: Path, address: str, now: Callable[[], datetime]) -> None:
    """Record and publish what a collector would have read before, so that it is there at once."""
    store = Store.open(folder / "livetally.duckdb", now=now, simulated=True)
    try:
        store.event.save_accounts(official_accounts(event, address))
        store.event.save_programme(event.programme, event.editions)
        ticks = list(simulate_history(event, address=address, next_poll_id=store.next_poll_id))
        for tick in track(ticks, description="simulating the past", transient=True):
            store.record(tick)
        Publisher(store, folder / "published", now=now, version=version("livetally")).publish([])
    finally:
        store.close()


def _config(event: Scenario, platforms: Platforms, port: int, public_port: int) -> dict[str, Any]:
    """Return the demo's configuration."""
    return _TEMPLATES.fill(
        "demo",
        programme=event.programme,
        names=asdict(event.programme.names),
        annotations=[_opening(edition) for edition in event.editions],
        editions=[_edition(edition) for edition in event.editions],
        accounts=[
            {"platform": account.platform, "handle": account.handle, "name": account.name}
            for account in official_accounts(event, platforms.address)
        ],
        platforms=platforms.sections,
        port=port,
        public_port=public_port,
    )


def _opening(edition: Edition) -> dict[str, Any]:
    at = edition.starts_at + timedelta(hours=10)
    return _TEMPLATES.fill("annotation", at=at.isoformat())


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
    """Return the port ``wanted``, or any other when it is taken."""
    try:
        with socket.create_server(("127.0.0.1", wanted)) as probe:
            return int(probe.getsockname()[1])
    except (OSError, OverflowError):
        return _free_port()
