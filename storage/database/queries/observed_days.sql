-- The UTC days on which some broadcasts were observed.
SELECT DISTINCT observed_at::DATE AS day
FROM snapshot
WHERE broadcast IN (SELECT unnest($broadcasts))
ORDER BY day
