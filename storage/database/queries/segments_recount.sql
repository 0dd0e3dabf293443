-- Stretches seen on the air, recounted from every snapshot: from the first answer that says live to
-- the first that says otherwise. An answer without a state ("unknown") says neither.
WITH told AS (
    SELECT
        broadcast, observed_at, status = 'live' AS live,
        lag(status = 'live') OVER (PARTITION BY broadcast ORDER BY observed_at) AS was_live
    FROM snapshot
    WHERE status <> 'unknown'
),
turns AS (
    SELECT
        broadcast, observed_at, live,
        lead(observed_at) OVER (PARTITION BY broadcast ORDER BY observed_at) AS turned_at
    FROM told
    WHERE live <> coalesce(was_live, false)
)
SELECT broadcast, observed_at AS started_at, turned_at AS ended_at
FROM turns
WHERE live
ORDER BY broadcast, started_at
