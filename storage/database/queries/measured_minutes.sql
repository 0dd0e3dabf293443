-- Some broadcasts by minute up to an instant each: viewers last told and largest, and snapshots.
SELECT
    time_bucket(INTERVAL 1 MINUTE, observed_at) AS minute,
    broadcast,
    arg_max(views, observed_at) AS views,
    arg_max(concurrent_viewers, observed_at) AS concurrent_viewers,
    max(concurrent_viewers) AS peak_concurrent_viewers,
    count(*) AS snapshots
FROM (SELECT * REPLACE (CASE WHEN status IN ('live', 'unknown') THEN concurrent_viewers END AS concurrent_viewers) FROM snapshot) AS snapshot
JOIN wanted USING (broadcast)
WHERE snapshot.observed_at <= wanted.instant
GROUP BY ALL
