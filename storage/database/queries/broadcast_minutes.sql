-- One UTC day of broadcasts by minute: last told counts, largest told viewers, snapshots.
-- Viewers told off the air, before they had a name of their own, are none.
SELECT
    time_bucket(INTERVAL 1 MINUTE, observed_at) AS minute,
    broadcast,
    {counts: arg_max(@, observed_at) AS @},
    max(concurrent_viewers) AS peak_concurrent_viewers,
    count(*) AS snapshots
FROM (SELECT * REPLACE (CASE WHEN status IN ('live', 'unknown') THEN concurrent_viewers END AS concurrent_viewers) FROM snapshot) AS snapshot
WHERE observed_at >= $since AND observed_at < $until
GROUP BY ALL
