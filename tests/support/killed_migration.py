"""Migrates databases, in children that die at the call that the test names."""

from datetime import UTC, datetime
from pathlib import Path

from storage.database import connection
from storage.database.migrate import Migration, known_migrations
from tests.support.killed_children import answer_lines

#: What a next release might do, among it what DuckDB cannot commit in one transaction.
NEXT = Migration(
    number=len(known_migrations()) + 1,
    name="next",
    sql="".join(
        f"ALTER TABLE snapshot ADD COLUMN next_{i} BIGINT; UPDATE snapshot SET next_{i} = {i};"  # noqa: S608 - ours
        f"CREATE TABLE next_{i} AS SELECT * FROM range(5000);"
        for i in range(4)
    ),
)


def migrate(path: Path) -> None:
    """Bring ``path`` to the next release's schema."""
    steps = [*known_migrations(), NEXT]
    connection.known_migrations = lambda: steps
    connection.Database(path, now=lambda: datetime.now(UTC)).close()


if __name__ == "__main__":
    answer_lines(migrate)
