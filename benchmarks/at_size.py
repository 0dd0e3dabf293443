"""What every command and page costs at a size, before and after: wall, CPU, peak memory, same output.

    python benchmarks/at_size.py [1m 10m-long 10m-wide 100m-long] [--before COMMIT] [--store FOLDER ...]

Stores are filled by `at_size_store.py`, by the release of before if there is one, or taken: a folder with
`store.duckdb` and `published/` of an edition `test-2026`. Each side works on a copy. Both sides' cells
alternate; a cell that takes longer than --seconds is ended, and the table says so. What is started is
ended. Progress and the load of the machine stand on standard error. Only the standard library is used
here, since the peak of a process counts that of the one it came from.
"""

import argparse
import contextlib
import hashlib
import http.server
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from urllib.request import urlopen

HERE = Path(__file__).resolve().parent
#: Snapshots and days. 972 to 976 broadcasts; `wide` has 9,765.
SHAPES = {
    "1m": (1_000_000, 5),
    "10m-long": (10_000_000, 50),
    "10m-wide": (10_000_000, 5),
    "100m-long": (100_000_000, 500),
}
USUAL = ("1m", "10m-long", "10m-wide")
EDITION, LAST_DAY = "test-2026", date(2026, 11, 29)
REST_SECONDS = 20.0
MB = 1 << 20
#: Command by name; {out} is a file whose content is compared, - that of standard output.
COMMANDS: dict[str, tuple[str, str | None]] = {
    "--help": ("--help", None),
    "status": ("status", None),
    "doctor": ("doctor", None),
    "verify": ("storage verify", None),
    "report, edition on": (f"storage report --edition {EDITION} --at {LAST_DAY}T23:00Z --json", "-"),
    "report, edition over": (f"storage report --edition {EDITION} --json", "-"),
    **{
        f"export {what} {kind}": (
            f"storage export --edition {EDITION} --what {what} --format {kind} --out {{out}}",
            f"{what}.{kind}",
        )
        for what in ("summary", "minutes", "raw")
        for kind in ("csv", "parquet")
    },
    "backup": ("storage backup", None),
    "evidence": (f"storage evidence --edition {EDITION} --out {{out}}", "evidence.zip"),
    "evidence --check": ("storage evidence --check {out}", "evidence.zip"),
    "republish": ("storage republish", None),
    "dashboard publish": ("dashboard publish --out {folder}/public", None),
}  # fmt: skip
#: Parquet's layout may change while its rows do not, and a bundle is checked by `evidence --check`.
COMPARED = re.compile(r"-$|.*\.(csv|zip)$")
OTHERS = ("collector", "pages")


@dataclass(frozen=True, kw_only=True)
class Side:
    """One release: its folder and its copy of the store."""

    name: str
    root: Path
    folder: Path = Path()

    @property
    def python(self) -> str:
        """Its interpreter; ours where it has none of its own."""
        own = self.root / ".venv/bin/python"
        return str(own) if own.exists() else sys.executable

    @property
    def command(self) -> list[str]:
        """The command with its configuration."""
        return [self.python, "-m", "livetally", "--config", str(self.folder / "config.yaml")]


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a cell took; None was not measured, ``note`` says what else there is to say."""

    wall: float | None = None
    cpu: float | None = None
    peak_mb: float | None = None
    digest: str | None = None
    note: str = ""

    def __str__(self) -> str:
        figures = [f"{self.wall:,.2f}" if self.wall is not None else ""]
        figures += [f"({self.cpu:,.2f})"] if self.cpu is not None else []
        figures += [f"· {self.peak_mb:,.0f}"] if self.peak_mb is not None else []
        return " ".join([*filter(None, figures), *([self.note] if self.note else [])])


class Mount(http.server.BaseHTTPRequestHandler):
    """An Icecast server with one mount on the air; its class remembers when it was asked first."""

    asked_at: float | None = None

    def do_GET(self) -> None:
        """Answer as its status page does."""
        type(self).asked_at = type(self).asked_at or time.monotonic()
        source = {
            "listenurl": "http://127.0.0.1/live", "server_name": "Radio", "listeners": 5,
            "stream_start_iso8601": "2026-11-29T00:00:00+0000",
        }  # fmt: skip
        body = json.dumps({"icestats": {"server_id": "Icecast 2.4.4", "source": source}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    """Measure what is asked for and print a table a store, or JSON of all."""
    asked = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended then too
    results: list[dict[str, object]] = []
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="at-size-", dir=asked.dir))
        )
        sides = [Side(name="now", root=HERE.parent)]
        if asked.before:
            sides.insert(
                0, Side(name="before", root=stack.enter_context(checkout(asked.before, folder)))
            )
        stores = {str(path): path for path in asked.store}
        for name in asked.sizes or ([] if stores else USUAL):
            stores[name] = filled(name, folder / "stores" / name, sides[0])
        for name, store in stores.items():
            rows = measured(name, store, sides, asked, folder / "work")
            results += rows
            if not asked.json:
                print(table(name, rows, [side.name for side in sides]), flush=True)
    if asked.json:
        print(json.dumps({"load": os.getloadavg(), "cells": results}))


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sizes", nargs="*", help=f"of {', '.join(SHAPES)}, or snapshots:days")
    parser.add_argument("--store", type=Path, action="append", default=[], help="one that is there")
    parser.add_argument("--before", help="a commit to compare with")
    parser.add_argument("--cells", help="only those whose names match this pattern")
    parser.add_argument(
        "--seconds", type=float, default=600.0, help="the most that a cell may take"
    )
    parser.add_argument("--dir", type=Path, help="where to work; it takes three times the store")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    for folder in asked.store:
        if not (folder / "store.duckdb").exists():
            parser.error(f"{folder}: expected a folder with store.duckdb and published/")
    return asked


def filled(name: str, folder: Path, side: Side) -> Path:
    """Fill a store with what ``side`` is."""
    size, days = SHAPES[name] if name in SHAPES else map(int, name.split(":"))
    tell(f"filling {name}")
    script = [side.python, str(HERE / "at_size_store.py"), str(folder), str(size), str(days)]
    subprocess.run(script, check=True, stderr=subprocess.DEVNULL)
    return folder


@contextmanager
def checkout(commit: str, folder: Path) -> Iterator[Path]:
    """Give a work tree of a commit, with an environment of its own."""
    tree = folder / "before"
    git = ["git", "-C", str(HERE.parent), "worktree"]
    tell(f"making an environment of {commit}")
    subprocess.run([*git, "add", "--quiet", "--detach", str(tree), commit], check=True)
    try:
        subprocess.run(["make", "setup"], cwd=tree, check=True, stdout=subprocess.DEVNULL)
        yield tree
    finally:
        subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def measured(
    name: str, store: Path, sides: Sequence[Side], asked: argparse.Namespace, work: Path
) -> list[dict[str, object]]:
    """Measure every cell of a store, sides in turn."""
    pattern = re.compile(asked.cells or "")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mount)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    copies = [
        copied(store, replace(side, folder=work / side.name), server.server_port) for side in sides
    ]
    cells: dict[str, dict[str, Cost]] = {}
    kinds: dict[str, Callable[[Side], dict[str, Cost]]] = {
        "collector": lambda side: collector(side, asked.seconds),
        "pages": lambda side: pages(side, asked.seconds),
    }
    try:
        for number, cell in enumerate(one for one in (*COMMANDS, *OTHERS) if pattern.search(one)):
            for side in copies if number % 2 else copies[::-1]:
                tell(f"{name}: {cell}, {side.name} (load {os.getloadavg()[0]:.1f})")
                costs = (
                    kinds[cell](side)
                    if cell in kinds
                    else {cell: command(side, cell, asked.seconds)}
                )
                for part, cost in costs.items():
                    cells.setdefault(part, {})[side.name] = cost
                    note(f"{name}: {part}, {side.name}: {cost}")
    finally:
        server.shutdown()
        shutil.rmtree(work)
        tell("")
    return [
        {"store": name, "cell": cell, "same": same(costs), **{k: asdict(v) for k, v in costs.items()},
         "text": {side: str(cost) for side, cost in costs.items()}}
        for cell, costs in cells.items()
    ]  # fmt: skip


def copied(store: Path, side: Side, port: int) -> Side:
    """Give the side a copy of the store and its configuration."""
    side.folder.mkdir(parents=True)
    subprocess.run(["cp", "-r", "--reflink=auto", f"{store}/.", f"{side.folder}/data"], check=True)
    name = "{ar: Test, fr: Test, en: Test}"
    first = LAST_DAY - timedelta(days=4)
    (side.folder / "config.yaml").write_text(
        f"programme: {{key: test, names: {name}, time_zone: UTC}}\n"
        f"editions:\n  - {{key: {EDITION}, names: {name}, city: {name}, starts_on: {first}, ends_on: {LAST_DAY}}}\n"
        f"accounts: [{{platform: icecast, handle: 'http://127.0.0.1:{port}/live'}}]\n"
        "simulated: true\nallow_private_addresses: true\nstorage: {database: data/store.duckdb, read_model: data/published, backups: backups}\n"
    )
    return side


def command(side: Side, cell: str, limit: float) -> Cost:
    """Run a command to its end."""
    words, output = COMMANDS[cell]
    out = side.folder / (output or "none")
    argv = [*side.command, *words.format(out=out, folder=side.folder).split()]
    with (
        (side.folder / "stdout").open("wb") as stdout,
        (side.folder / "stderr").open("wb") as stderr,
    ):
        process = start(argv, side, stdout=stdout, stderr=stderr)
        cost = ended(process, time.monotonic(), limit)
    content = side.folder / "stdout" if output == "-" else out
    if cost.note or output is None or not COMPARED.match(output):
        return cost
    with content.open("rb") as file:
        return replace(cost, digest=hashlib.file_digest(file, "sha256").hexdigest())


def start(argv: Sequence[str], side: Side, **streams: object) -> subprocess.Popen[bytes]:
    """Start a process in a group of its own, with the side's packages."""
    environment = os.environ | {"PYTHONPATH": str(side.root)}
    return subprocess.Popen(
        argv, cwd=side.folder, env=environment, start_new_session=True, **streams
    )  # type: ignore[call-overload]


def served(side: Side, words: str) -> subprocess.Popen[bytes]:
    """Start what runs until it is stopped."""
    with (side.folder / "log").open("ab") as log:
        return start([*side.command, *words.split()], side, stdout=log, stderr=log)


def ended(process: subprocess.Popen[bytes], began: float, limit: float) -> Cost:
    """Wait for the end, at most ``limit`` seconds: then end it."""
    note = ""
    try:
        while not (waited := os.wait4(process.pid, os.WNOHANG))[0]:
            if not note and time.monotonic() - began > limit:
                note = f"ended after {limit:.0f} s"
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.02)
    except BaseException:  # it is in a group of its own, and would go on without us
        os.killpg(process.pid, signal.SIGKILL)
        raise
    _, code, usage = waited
    process.returncode = code = os.waitstatus_to_exitcode(code)
    note = note or (f"exit {code}" if code else "")
    wall = time.monotonic() - began
    return Cost(
        wall=wall, cpu=usage.ru_utime + usage.ru_stime, peak_mb=usage.ru_maxrss / 1024, note=note
    )


def collector(side: Side, limit: float) -> dict[str, Cost]:
    """Start the collector, see it ask and publish, and what it takes while nothing happens."""
    manifest = side.folder / "data/published/manifest.json"
    before, Mount.asked_at = manifest.stat().st_mtime_ns, None
    costs: dict[str, Cost] = {}
    process = served(side, "collect run")
    began = time.monotonic()
    with stopped(process, limit):
        for cell, is_there in (
            ("collector: start to first poll", lambda: Mount.asked_at is not None),
            ("collector: start to first publication", lambda: manifest.stat().st_mtime_ns > before),
        ):
            costs[cell] = awaited(process, began, limit, is_there)
        if not costs[cell].note:
            used = cpu_seconds(process.pid)
            time.sleep(REST_SECONDS)
            cpu = cpu_seconds(process.pid) - used
            resident, anonymous = (memory_mb(process.pid, name) for name in ("VmRSS", "RssAnon"))
            note = f"{resident:,.0f} MB, {anonymous:,.0f} anonymous, {cpu:.2f} s of CPU in {REST_SECONDS:.0f} s"
            costs["collector: at rest"] = Cost(note=note)
    return costs


def awaited(
    process: subprocess.Popen[bytes], began: float, limit: float, is_there: Callable[[], bool]
) -> Cost:
    """Wait until ``is_there``, the process ends, or the limit is reached."""
    while process.poll() is None and time.monotonic() - began < limit:
        if is_there():
            peak = memory_mb(process.pid, "VmHWM")
            return Cost(wall=time.monotonic() - began, cpu=cpu_seconds(process.pid), peak_mb=peak)
        time.sleep(0.02)
    code = process.poll()
    return Cost(note=f"exit {code}" if code is not None else f"not within {limit:.0f} s")


def pages(side: Side, limit: float) -> dict[str, Cost]:
    """Serve the pages, have them looked at, and see what the server took."""
    port = free_port()
    with (side.folder / "config.yaml").open("a") as file:
        file.write(f"dashboard: {{port: {port}}}\n")
    process = served(side, "dashboard run")
    began = time.monotonic()
    costs: dict[str, Cost] = {}
    with stopped(process, limit):
        cell = "dashboard: start to port"
        costs[cell] = replace(awaited(process, began, limit, lambda: answers(port)), peak_mb=None)
        if costs[cell].note:
            return costs
        script = [sys.executable, str(HERE / "at_size_pages.py"), f"http://127.0.0.1:{port}"]
        try:
            run = subprocess.run(script, capture_output=True, text=True, timeout=limit, check=False)
            lines, why = run.stdout, run.stderr.strip().rpartition("\n")[2]
        except subprocess.TimeoutExpired as late:
            lines, why = (late.stdout or b"").decode(), f"ended after {limit:.0f} s"
        for line in lines.splitlines():
            for what, seconds in json.loads(line).items():
                seen = Cost(wall=seconds) if isinstance(seconds, float) else Cost(note=str(seconds))
                costs[f"dashboard: {what}"] = seen
        if why:
            costs["dashboard: pages"] = Cost(note=why)
        peaks = {pid: memory_mb(pid, "VmHWM") for pid in family(process.pid)}
        largest = max(peaks, key=peaks.__getitem__)
        costs["dashboard: its process"] = Cost(
            cpu=cpu_seconds(largest), peak_mb=peaks[largest],
            note=f"at the peak, {memory_mb(largest, 'VmRSS'):,.0f} MB at rest",
        )  # fmt: skip
    return costs


@contextmanager
def stopped(process: subprocess.Popen[bytes], limit: float) -> Iterator[None]:
    """End the process as a person would, and its group if it does not."""
    try:
        yield
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(min(limit, 60.0))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def family(pid: int) -> list[int]:
    """Return a process with all that it and they started."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    known = [pid]
    for parent in known:
        known += [child for child, its in parents.items() if its == parent]
    return known


def answers(port: int) -> bool:
    """Tell whether the dashboard answers."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
            return True
    except OSError:
        return False


def cpu_seconds(pid: int) -> float:
    """What the process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int, field: str) -> float:
    """What the kernel says of a process' memory."""
    text = re.search(
        rf"^{field}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE
    )
    return int(text[1]) / 1024 if text else 0.0


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def same(costs: dict[str, Cost]) -> str:
    """Say whether both sides gave the same bytes; nothing where there is nothing to compare."""
    digests = [cost.digest for cost in costs.values()]
    if len(digests) < 2 or None in digests:
        return ""
    return "same" if len(set(digests)) == 1 else "**differs**"


def table(name: str, rows: Sequence[dict[str, object]], sides: Sequence[str]) -> str:
    """Lay out one store's cells."""
    load = " / ".join(f"{number:.1f}" for number in os.getloadavg())
    heads = [f"{name}, load {load}: wall s (CPU s) · peak MB", *sides, "output"]
    lines = [heads, ["---"] * len(heads)]
    for row in rows:
        texts: dict[str, str] = row["text"]  # type: ignore[assignment]
        lines.append([str(row["cell"]), *(texts.get(side, "") for side in sides), str(row["same"])])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def note(what: str) -> None:
    """Keep a line on standard error, so that a run that is ended has not measured for nothing."""
    tell("")
    print(what, file=sys.stderr, flush=True)


def tell(what: str) -> None:
    """One line of progress on standard error: in the place of the last, where somebody looks."""
    if sys.stderr.isatty():
        print(f"\r\033[K{what}", end="", file=sys.stderr, flush=True)
    elif what:
        print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
