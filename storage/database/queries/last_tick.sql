-- The newest transaction that recorded something; null before the first.
SELECT max(tick) AS tick
FROM (
    SELECT tick FROM snapshot
    UNION ALL SELECT tick FROM miss
    UNION ALL SELECT tick FROM poll
    UNION ALL SELECT tick FROM set_aside
    UNION ALL SELECT tick FROM gap
    UNION ALL SELECT tick FROM broadcast
    UNION ALL SELECT tick FROM superseded
    UNION ALL SELECT tick FROM views_delta
    UNION ALL SELECT tick FROM correction
    UNION ALL SELECT tick FROM due
    UNION ALL SELECT tick FROM state
    UNION ALL SELECT tick FROM touched_day
    UNION ALL SELECT tick FROM chain
)
