-- Every counter that fell, recounted from every snapshot: each told value against the last told.
WITH told AS (
    UNPIVOT (
        SELECT poll_id, broadcast, observed_at, {counters: @}
        FROM snapshot
    )
    ON {counters: @} INTO NAME metric VALUE after
),
paired AS (
    SELECT
        poll_id, broadcast, metric, observed_at, after,
        lag(after) OVER (PARTITION BY broadcast, metric ORDER BY observed_at) AS before
    FROM told
)
SELECT poll_id, broadcast, metric, observed_at, before, after
FROM paired
WHERE after < before
