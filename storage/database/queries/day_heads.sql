-- The newest link of each of the last UTC days that have one, oldest first.
SELECT tick, recorded_at, hash
FROM chain
WHERE recorded_at::DATE > (SELECT max(recorded_at)::DATE FROM chain) - $days
QUALIFY row_number() OVER (PARTITION BY recorded_at::DATE ORDER BY tick DESC) = 1
ORDER BY tick
