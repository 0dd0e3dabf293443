-- Deletes a platform's snapshots from before an instant, but for the few of each broadcast on which
-- its totals, its peak and its segments stand: the newest, the newest that told each count, the
-- peak, and those at which it went on or off the air.
DELETE FROM snapshot
WHERE rowid IN (
    WITH old AS (
        SELECT s.rowid AS row_id, s.*
        FROM snapshot AS s
        JOIN broadcast AS b ON b.broadcast = s.broadcast
        WHERE b.platform = $platform AND s.observed_at < $before
    ),
    turns AS (
        SELECT
            row_id,
            (status = 'live') IS DISTINCT FROM lag(status = 'live')
                OVER (PARTITION BY broadcast ORDER BY observed_at) AS is_turn
        FROM old
        WHERE status <> 'unknown'
    ),
    kept AS (
        SELECT unnest([
            arg_max(row_id, observed_at),
            {counters: arg_max(row_id, observed_at) FILTER (WHERE @ IS NOT NULL)},
            arg_max(row_id, observed_at) FILTER (WHERE status <> 'unknown'),
            arg_min(row_id, struct_pack(lower := -concurrent_viewers, earlier := observed_at))
                FILTER (concurrent_viewers IS NOT NULL AND status IN ('live', 'unknown'))
        ]) AS row_id
        FROM old
        GROUP BY broadcast
        UNION ALL
        SELECT row_id FROM turns WHERE is_turn
    )
    SELECT row_id FROM old WHERE row_id NOT IN (SELECT row_id FROM kept WHERE row_id IS NOT NULL)
)
RETURNING *
