-- Every counter that fell.
SELECT broadcast, metric, observed_at, before, after, poll_id
FROM correction
ORDER BY observed_at, broadcast, metric
