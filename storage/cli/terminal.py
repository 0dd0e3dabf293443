"""What the commands of storage share at the terminal: reading a time, showing how far a work is."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime

import typer
from rich.console import Console
from rich.progress import Progress


def instant(text: str) -> datetime:
    """Read ISO 8601 with its offset; give it in UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is no time; write 2026-05-17T12:00Z") from None
    if at.tzinfo is None:
        raise typer.BadParameter(f"{text} says no offset; write {text}Z for UTC")
    return at.astimezone(UTC)


@contextmanager
def counting(what: str) -> Generator[Callable[[int, int], None], None, None]:
    """Show a bar on a terminal, and nothing elsewhere."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        work = progress.add_task(what, total=None)

        def tell(done: int, total: int) -> None:
            progress.update(work, completed=done, total=total)

        yield tell
