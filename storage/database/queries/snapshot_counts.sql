-- How many snapshots are kept, of when the first is, and how many are of $since or later.
SELECT
    (SELECT count(*) FROM snapshot) AS snapshots,
    (SELECT min(observed_at) FROM snapshot) AS first_at,
    (SELECT count(*) FROM snapshot WHERE observed_at >= $since) AS newer
