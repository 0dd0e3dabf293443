-- The UTC days whose minutes changed after a tick: their published files are stale.
SELECT DISTINCT observed_at::DATE AS day FROM snapshot WHERE tick > $tick
UNION
SELECT DISTINCT minute::DATE AS day FROM views_delta WHERE tick > $tick
UNION
SELECT DISTINCT day FROM touched_day WHERE tick > $tick
ORDER BY day
