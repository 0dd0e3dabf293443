-- One UTC day of broadcasts by minute: last told counts, largest told viewers, snapshots.
SELECT
    time_bucket(INTERVAL 1 MINUTE, observed_at) AS minute,
    broadcast,
    arg_max(views, observed_at) AS views,
    arg_max(concurrent_viewers, observed_at) AS concurrent_viewers,
    max(concurrent_viewers) AS peak_concurrent_viewers,
    arg_max(likes, observed_at) AS likes,
    arg_max(comments, observed_at) AS comments,
    arg_max(shares, observed_at) AS shares,
    arg_max(impressions, observed_at) AS impressions,
    count(*) AS snapshots
FROM snapshot
WHERE observed_at >= $since AND observed_at < $until
GROUP BY ALL
