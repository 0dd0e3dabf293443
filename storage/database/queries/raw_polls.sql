-- The polls that gave, or should have given, snapshots of some broadcasts in a stretch of time.
WITH asked AS (
    SELECT poll_id FROM snapshot
    WHERE
        broadcast IN (SELECT unnest($broadcasts))
        AND observed_at >= $since AND observed_at < $until
    UNION
    SELECT poll_id FROM miss
    WHERE broadcast IN (SELECT unnest($broadcasts)) AND missed_at >= $since AND missed_at < $until
)
SELECT
    poll_id, platform, purpose, source, started_at, finished_at, asked, answered, requests, outcome,
    error
FROM poll
WHERE poll_id IN (SELECT poll_id FROM asked)
ORDER BY poll_id, started_at
