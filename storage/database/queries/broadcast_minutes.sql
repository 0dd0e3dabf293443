-- One UTC day of broadcasts by minute: last told counts, largest told viewers, snapshots.
SELECT
    time_bucket(INTERVAL 1 MINUTE, observed_at) AS minute,
    broadcast,
    {counts: arg_max(@, observed_at) AS @},
    max(concurrent_viewers) AS peak_concurrent_viewers,
    count(*) AS snapshots
FROM snapshot
WHERE observed_at >= $since AND observed_at < $until
GROUP BY ALL
