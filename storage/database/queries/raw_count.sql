-- How many snapshots there are of some broadcasts, in a stretch of time.
SELECT count(*) AS snapshots
FROM snapshot
WHERE broadcast IN (SELECT unnest($broadcasts)) AND observed_at >= $since AND observed_at < $until
