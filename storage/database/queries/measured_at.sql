-- What was last measured of each broadcast by an instant: every count with its time and definition.
SELECT
    wanted.broadcast,
    wanted.instant,
    {counters: arg_max(@, observed_at) AS @, max(observed_at) FILTER (@ IS NOT NULL) AS @_at},
    max(concurrent_viewers) AS peak_concurrent_viewers,
    arg_max(observed_at, concurrent_viewers) AS peak_concurrent_viewers_at,
    arg_max(definition, observed_at) AS definition
FROM wanted
JOIN (SELECT * REPLACE (CASE WHEN status IN ('live', 'unknown') THEN concurrent_viewers END AS concurrent_viewers) FROM snapshot) AS snapshot USING (broadcast)
WHERE snapshot.observed_at <= wanted.instant
GROUP BY ALL
