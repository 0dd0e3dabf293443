"""Options, clock and refusals that the commands of all three packages share."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, NoReturn

import typer

from storage.errors import Exit, LiveTallyError


def now() -> datetime:
    """Return the time in UTC: the one clock of the commands."""
    return datetime.now(UTC)


def exit_with(code: Exit, text: str) -> NoReturn:
    """Print ``text`` on standard error and end the command with ``code``."""
    typer.echo(text, err=True)
    raise typer.Exit(code) from None


def describe_error(error: LiveTallyError) -> str:
    """Return what is wrong and, where the error knows it, what to do."""
    return f"{error}; {error.remedy}" if error.remedy else str(error)


def parse_time(text: str) -> datetime:
    """Read ISO 8601 with its offset; return it in UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"invalid time '{text}': expected e.g. 2026-05-17T12:00Z"
        ) from None
    if at.tzinfo is None:
        raise typer.BadParameter(f"time without UTC offset '{text}': write '{text}Z' for UTC")
    return at.astimezone(UTC)


def check_choice(kind: str, text: str | None, choices: Iterable[str]) -> None:
    """Refuse ``text`` unless it is one of ``choices``; ``None`` was not given.

    Raises:
        BadParameter: it names all of them.
    """
    if text is not None and text not in (names := list(choices)):
        raise typer.BadParameter(f"{kind} '{text}': expected one of {', '.join(names)}")


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]

EditionKey = Annotated[str, typer.Option(help="The edition's key, as in the configuration.")]

AsOfTime = Annotated[
    datetime | None,
    typer.Option(
        parser=parse_time,
        metavar="TIME",
        help="As of this time: ISO 8601 with its offset. [default: newest]",
    ),
]
