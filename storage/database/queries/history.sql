-- Every snapshot of some broadcasts, oldest first.
SELECT
    tick, poll_id, broadcast, observed_at, status, views, concurrent_viewers, likes, comments,
    shares, impressions, source, definition
FROM snapshot
WHERE broadcast IN (SELECT unnest($broadcasts))
ORDER BY broadcast, observed_at
