-- The UTC hours whose minutes changed after a tick: published files that hold them are stale.
SELECT DISTINCT time_bucket(INTERVAL 1 HOUR, observed_at) AS hour FROM snapshot WHERE tick > $tick
UNION
SELECT DISTINCT time_bucket(INTERVAL 1 HOUR, minute) AS hour FROM views_delta WHERE tick > $tick
UNION
SELECT unnest(generate_series(
    day::TIMESTAMPTZ, day::TIMESTAMPTZ + INTERVAL 23 HOUR, INTERVAL 1 HOUR
)) AS hour
FROM touched_day WHERE tick > $tick
ORDER BY hour
