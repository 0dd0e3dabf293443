"""What can be wrong with the database file, one class per remedy."""

from pathlib import Path


class StoreLocked(Exception):
    """Another process writes this database; exit code 5. ``pid`` is ``None`` if it did not say."""

    def __init__(self, path: Path, pid: int | None) -> None:
        super().__init__(
            f"{path} is being written by another collector"
            + (f" (process {pid}); stop it first" if pid else "; stop it first")
        )
        self.path = path
        self.pid = pid


class StoreUnwritable(Exception):
    """The folder or the disk refuses to be written; exit code 3."""

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(f"{path} cannot be written: {detail}")
        self.path = path
        self.detail = detail


class StoreDamaged(Exception):
    """The file is not a database this version can read; exit code 4."""

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(f"{path} cannot be read: {detail}")
        self.path = path
        self.detail = detail


class StoreUnfit(StoreDamaged):
    """A sound file that is not for this program: newer, or simulated where real is wanted."""

    def __str__(self) -> str:
        """Do not say that it is damaged: nothing is to be restored."""
        return f"{self.path} is sound, but not for this program: {self.detail}"
