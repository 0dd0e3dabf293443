"""Quota units spent and pauses, kept so that a restart neither overspends nor asks too soon."""

from dataclasses import asdict
from datetime import date

from storage.database.connection import Database, Turn
from storage.model import GapReason, Pause


class QuotaTable:
    """Quota units by bucket and day, and pauses by platform and bucket.

    Every write is in the file when it returns. Methods may be called from any thread.
    """

    def __init__(self, database: Database, turn: Turn) -> None:
        self._database = database
        self._turn = turn
        self.load()

    def load(self) -> None:
        """Read what earlier runs wrote, in the caller's turn."""
        spent = self._database.rows(
            "SELECT bucket, day, sum(units)::BIGINT AS units FROM spend GROUP BY ALL"
        )
        self._spent = {(bucket, day): units for bucket, day, units in spent.iter_rows()}
        self._pauses: dict[tuple[str, str | None], Pause] = {}
        rows = self._database.rows(
            'SELECT platform, bucket, reason, until, detail, paused_at AS "at", fingerprint'
            " FROM pause"
        )
        for row in rows.iter_rows(named=True):
            pause = Pause(reason=GapReason(row.pop("reason")), **row)
            self._pauses[pause.platform, pause.bucket] = pause

    def spend(self, bucket: str, day: date, units: int) -> None:
        """Write ``units`` down in a transaction of its own, before the call they pay for."""
        with self._turn():
            with self._database.transaction():
                self._database.execute(
                    "INSERT INTO spend (bucket, day, units) VALUES ($bucket, $day, $units)",
                    {"bucket": bucket, "day": day, "units": units},
                )
            self._spent[bucket, day] = self._spent.get((bucket, day), 0) + units

    def spent(self, bucket: str, day: date) -> int:
        """Return the units spent on the quota day ``day``; 0 when none were."""
        with self._turn():
            return self._spent.get((bucket, day), 0)

    def pause(self, pause: Pause) -> None:
        """Keep ``pause`` over restarts, replacing one of the same platform and bucket."""
        with self._turn():
            with self._database.transaction():
                self._forget(pause.platform, pause.bucket)
                self._database.execute(
                    "INSERT INTO pause (platform, bucket, reason, until, detail, paused_at, fingerprint)"
                    " VALUES ($platform, $bucket, $reason, $until, $detail, $at, $fingerprint)",
                    asdict(pause) | {"reason": str(pause.reason)},
                )
            self._pauses[pause.platform, pause.bucket] = pause

    def resume(self, platform: str, bucket: str | None) -> None:
        """Delete the pause of exactly this platform and bucket, if there is one."""
        with self._turn():
            if (platform, bucket) not in self._pauses:
                return
            with self._database.transaction():
                self._forget(platform, bucket)
            del self._pauses[platform, bucket]

    def pauses(self) -> list[Pause]:
        """Return all pauses, those whose time is over included."""
        with self._turn():
            return list(self._pauses.values())

    def _forget(self, platform: str, bucket: str | None) -> None:
        self._database.execute(
            "DELETE FROM pause WHERE platform = $platform AND bucket IS NOT DISTINCT FROM $bucket",
            {"platform": platform, "bucket": bucket},
        )
