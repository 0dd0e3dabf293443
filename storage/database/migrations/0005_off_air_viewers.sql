-- Viewers told while nothing is on the air, under their own name. Those already kept stay as they were
-- observed; a peak that one of them set is that of the time on the air.

ALTER TABLE snapshot ADD COLUMN off_air_viewers BIGINT;
ALTER TABLE state ADD COLUMN off_air_viewers BIGINT;

UPDATE state SET
    peak_concurrent_viewers = on_air.viewers,
    peak_at = on_air.at
FROM (
    SELECT
        broadcast,
        max(concurrent_viewers) FILTER (status IN ('live', 'unknown')) AS viewers,
        arg_min(observed_at, struct_pack(lower := -concurrent_viewers, earlier := observed_at))
            FILTER (status IN ('live', 'unknown') AND concurrent_viewers IS NOT NULL) AS at,
        max(concurrent_viewers) FILTER (status NOT IN ('live', 'unknown')) AS off_air
    FROM snapshot
    GROUP BY broadcast
) AS on_air
WHERE on_air.broadcast = state.broadcast AND on_air.off_air >= state.peak_concurrent_viewers;
