-- What was observed of some broadcasts in a stretch of time, as it was observed.
SELECT
    poll_id, broadcast, observed_at, status, {counts: @}, source, definition
FROM snapshot
WHERE broadcast IN (SELECT unnest($broadcasts)) AND observed_at >= $since AND observed_at < $until
ORDER BY broadcast, observed_at, poll_id
