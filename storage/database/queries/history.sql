-- Every snapshot of some broadcasts, oldest first.
SELECT
    tick, poll_id, broadcast, observed_at, status, {counts: @}, source, definition
FROM snapshot
WHERE broadcast IN (SELECT unnest($broadcasts))
ORDER BY broadcast, observed_at
