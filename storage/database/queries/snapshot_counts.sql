-- How many snapshots there are, how many of them from $since on, and when the first of those was taken.
SELECT
    (SELECT count(*) FROM snapshot) AS snapshots,
    count(*) AS newer,
    min(observed_at) AS first_at
FROM snapshot
WHERE observed_at >= $since
