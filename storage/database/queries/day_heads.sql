-- The newest link of each UTC day, of those after a tick.
SELECT recorded_at::DATE AS day, max(tick) AS tick, arg_max(recorded_at, tick) AS recorded_at, arg_max(hash, tick) AS hash
FROM chain
WHERE tick > $tick
GROUP BY day
ORDER BY day
