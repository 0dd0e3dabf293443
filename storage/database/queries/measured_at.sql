-- What was last measured of each broadcast by an instant: every count with its time and definition.
SELECT
    wanted.broadcast,
    wanted.instant,
    arg_max(views, observed_at) AS views,
    max(observed_at) FILTER (views IS NOT NULL) AS views_at,
    arg_max(likes, observed_at) AS likes,
    max(observed_at) FILTER (likes IS NOT NULL) AS likes_at,
    arg_max(comments, observed_at) AS comments,
    max(observed_at) FILTER (comments IS NOT NULL) AS comments_at,
    arg_max(shares, observed_at) AS shares,
    max(observed_at) FILTER (shares IS NOT NULL) AS shares_at,
    arg_max(impressions, observed_at) AS impressions,
    max(observed_at) FILTER (impressions IS NOT NULL) AS impressions_at,
    max(concurrent_viewers) AS peak_concurrent_viewers,
    arg_max(observed_at, concurrent_viewers) AS peak_concurrent_viewers_at,
    arg_max(definition, observed_at) AS definition
FROM wanted
JOIN snapshot USING (broadcast)
WHERE snapshot.observed_at <= wanted.instant
GROUP BY ALL
