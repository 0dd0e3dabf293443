-- Polls that gave no snapshot of some broadcasts, in a stretch of time.
SELECT poll_id, broadcast, missed_at, reason
FROM miss
WHERE broadcast IN (SELECT unnest($broadcasts)) AND missed_at >= $since AND missed_at < $until
ORDER BY broadcast, missed_at, poll_id
