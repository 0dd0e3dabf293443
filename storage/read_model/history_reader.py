"""Reads a generation with imported history in the place of what was never measured.

An edition of which anything was measured is as it was measured; one of which nothing was is read
from its imported history. No figure is ever made of both.
"""

from collections.abc import Collection
from datetime import datetime
from functools import cached_property
from pathlib import Path

import polars as pl

from storage.model import IMPORTED, HistoryStanding
from storage.read_model.history import NAMES
from storage.read_model.reader import Published, in_order

#: Whether a row is of a broadcast that was measured.
MEASURED = ~pl.col("broadcast").str.starts_with(IMPORTED)


class History(Published):
    """The imported history of a generation alone, whatever was measured."""

    def _files(self, table: str) -> list[str]:
        history = f"history_{table}"
        return super()._files(history if history in NAMES else table)

    def edition_minutes(self, edition: str) -> pl.DataFrame:
        """Return the imported minutes of ``edition``, by platform, oldest first."""
        rows = self._table("edition_minutes").filter(pl.col("edition") == edition)
        return in_order(rows)

    def minute_files(
        self,
        since: datetime | None,  # noqa: ARG002 - one file holds all days
        until: datetime | None,  # noqa: ARG002
        days: Collection[str] | None = None,  # noqa: ARG002
    ) -> list[Path]:
        """Return the one file that holds the broadcasts' minutes."""
        return self._checked(self._files("minutes"))


class WithHistory(Published):
    """What was measured, and the imported history of the editions of which nothing was."""

    @cached_property
    def imported(self) -> frozenset[str]:
        """The editions that are read from imported history."""
        counted = self.history().filter(pl.col("standing") == str(HistoryStanding.COUNTED))
        return frozenset(counted["edition"])

    def state(self) -> pl.DataFrame:
        """Every broadcast with its newest counts."""
        return pl.concat([super().state(), self._imported("state")]).sort("broadcast")

    def gaps(self) -> pl.DataFrame:
        """Stretches that were not seen, oldest first; ``ended_at`` is null while one lasts."""
        return pl.concat([super().gaps(), self._imported("gaps")]).sort("started_at", "broadcast")

    def segments(self) -> pl.DataFrame:
        """Stretches on the air, by airing."""
        return pl.concat([super().segments(), self._imported("segments")])

    def edition_minutes(self, edition: str) -> pl.DataFrame:
        """All minutes of ``edition``, by platform, oldest first; empty when it has none."""
        source = self.alone if edition in self.imported else super()
        return source.edition_minutes(edition)

    def minute_files(
        self, since: datetime | None, until: datetime | None, days: Collection[str] | None = None
    ) -> list[Path]:
        """Return the files that hold the broadcasts' minutes of some days, oldest first."""
        history = self.alone.minute_files(since, until, days) if self.imported else []
        return [*super().minute_files(since, until, days), *history]

    @cached_property
    def alone(self) -> History:
        """The imported history of the same generation, whatever was measured."""
        return History(self._folder, self.manifest, self._checker, self._frames)

    def _imported(self, table: str) -> pl.DataFrame:
        state = self.alone.state().filter(pl.col("edition").is_in(list(self.imported)))
        rows: pl.DataFrame = getattr(self.alone, table)()
        return rows.join(
            state.select("broadcast"), on="broadcast", how="semi", maintain_order="left"
        )
