"""The tests of what changed: ``python -m tests.support.changed_tests [BASE]`` prints their paths.

What differs from BASE counts (by default where this branch left origin/main, or the last commit),
and what is not committed yet. A module's tests are those of its name in the folder that mirrors its
own, else all of that folder; a helper's are those that import it.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("collector", "storage", "dashboard")


def choose_tests(
    changed: Iterable[str], test_files: Iterable[str], importers: "Importers"
) -> set[str]:
    """Return the test files that look at any of the changed files; all are paths from the root."""
    known = set(test_files)
    return {test for path in changed for test in _tests_of(PurePosixPath(path), known, importers)}


class Importers:
    """Which test files name a helper of tests/support."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._texts = texts

    def of(self, helper: str) -> Iterator[str]:
        """Yield the test files in whose imports a helper's module stands."""
        named = re.compile(
            rf"^\s*from tests\.support(\.{helper} import | import .*\b{helper}\b)", re.MULTILINE
        )
        return (path for path, text in self._texts.items() if named.search(text))


def _tests_of(path: PurePosixPath, known: set[str], importers: Importers) -> Iterator[str]:
    if str(path) in known:
        yield str(path)
    elif path.parts[:2] == ("tests", "support"):
        yield from importers.of(path.stem)
    elif path.parts[:2] == ("tests", "fixtures"):
        yield from (
            test for test in known if test.startswith("tests/collector/platforms/test_tran")
        )
    elif path.parts[0] in PACKAGES:
        yield from _mirrored(path, known)


def _mirrored(path: PurePosixPath, known: set[str]) -> Iterator[str]:
    folder = PurePosixPath("tests") / path.parent
    own = str(folder / f"test_{path.stem}.py")
    if own in known:
        yield own
        return
    while folder != PurePosixPath("tests"):
        beside = [test for test in known if PurePosixPath(test).parent == folder]
        if beside:
            yield from beside
            return
        folder = folder.parent


def _git(*words: str) -> list[str]:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.splitlines() if done.returncode == 0 else []


def changed_files(base: str | None) -> list[str]:
    """Return what differs from ``base``, committed or not, as paths from the root."""
    since = base or next(iter(_git("merge-base", "HEAD", "origin/main")), None) or "HEAD~1"
    if base is None and since in _git("rev-parse", "HEAD"):
        since = "HEAD" if _git("status", "--porcelain") else "HEAD~1"
    return [
        *_git("diff", "--name-only", since),
        *_git("ls-files", "--others", "--exclude-standard"),
    ]


def main() -> None:
    """Print the paths on one line; nothing where nothing that has tests changed."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    texts = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in files}
    base = sys.argv[1] if len(sys.argv) > 1 else None
    chosen = choose_tests(changed_files(base), texts, Importers(texts))
    sys.stdout.write(" ".join(sorted(chosen)) + "\n")


if __name__ == "__main__":
    main()
