"""Keeps what was spent and what is paused, so that a restart neither overspends nor asks too soon."""

from datetime import date

from storage.database.connection import Database
from storage.model import GapReason, Pause


class QuotaTable:
    """Quota units by bucket and day, and pauses by platform and bucket; kept before it returns."""

    def __init__(self, database: Database) -> None:
        """Read what earlier runs wrote."""
        self._database = database
        spent = database.rows(
            "SELECT bucket, day, sum(units)::BIGINT AS units FROM spend GROUP BY ALL"
        )
        self._spent = {(bucket, day): units for bucket, day, units in spent.iter_rows()}
        self._pauses: dict[tuple[str, str | None], Pause] = {}
        rows = database.rows("SELECT platform, bucket, reason, until, detail, paused_at FROM pause")
        for platform, bucket, reason, until, detail, paused_at in rows.iter_rows():
            self._pauses[platform, bucket] = Pause(
                platform=platform,
                bucket=bucket,
                reason=GapReason(reason),
                until=until,
                detail=detail,
                at=paused_at,
            )

    def spend(self, bucket: str, day: date, units: int) -> None:
        """Write ``units`` down in a transaction of its own, before the call they pay for."""
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO spend (bucket, day, units) VALUES ($bucket, $day, $units)",
                {"bucket": bucket, "day": day, "units": units},
            )
        self._spent[bucket, day] = self.spent(bucket, day) + units

    def spent(self, bucket: str, day: date) -> int:
        """Give the units spent on the quota day ``day``; 0 when none were."""
        return self._spent.get((bucket, day), 0)

    def pause(self, pause: Pause) -> None:
        """Keep ``pause``, in the place of an earlier one of the same platform and bucket."""
        with self._database.transaction():
            self._forget(pause.platform, pause.bucket)
            self._database.execute(
                "INSERT INTO pause (platform, bucket, reason, until, detail, paused_at)"
                " VALUES ($platform, $bucket, $reason, $until, $detail, $paused_at)",
                {
                    "platform": pause.platform,
                    "bucket": pause.bucket,
                    "reason": str(pause.reason),
                    "until": pause.until,
                    "detail": pause.detail,
                    "paused_at": pause.at,
                },
            )
        self._pauses[pause.platform, pause.bucket] = pause

    def resume(self, platform: str, bucket: str | None) -> None:
        """Forget the pause of exactly this platform and bucket; fine when there is none."""
        if (platform, bucket) not in self._pauses:
            return
        with self._database.transaction():
            self._forget(platform, bucket)
        del self._pauses[platform, bucket]

    def pauses(self) -> list[Pause]:
        """Give all pauses, those whose time is over included."""
        return list(self._pauses.values())

    def _forget(self, platform: str, bucket: str | None) -> None:
        self._database.execute(
            "DELETE FROM pause WHERE platform = $platform AND bucket IS NOT DISTINCT FROM $bucket",
            {"platform": platform, "bucket": bucket},
        )
