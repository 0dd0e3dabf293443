-- Some broadcasts by minute up to an instant each: viewers last told and largest, and snapshots.
SELECT
    time_bucket(INTERVAL 1 MINUTE, observed_at) AS minute,
    broadcast,
    arg_max(views, observed_at) AS views,
    arg_max(concurrent_viewers, observed_at) AS concurrent_viewers,
    max(concurrent_viewers) AS peak_concurrent_viewers,
    count(*) AS snapshots
FROM snapshot
JOIN wanted USING (broadcast)
WHERE snapshot.observed_at <= wanted.instant
GROUP BY ALL
