-- The hours in which some broadcasts were observed, oldest first.
SELECT DISTINCT time_bucket(INTERVAL 1 HOUR, observed_at) AS hour
FROM snapshot
WHERE broadcast IN (SELECT unnest($broadcasts)) AND observed_at >= $since AND observed_at < $until
ORDER BY hour
