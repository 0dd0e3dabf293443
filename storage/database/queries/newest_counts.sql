-- The newest counts of each broadcast, recounted from every snapshot.
-- arg_max skips what was not told; where a newest null must show, the row itself is taken.
SELECT
    broadcast,
    max(observed_at) AS observed_at,
    arg_max(views, observed_at) AS views,
    max(observed_at) FILTER (WHERE views IS NOT NULL) AS views_at,
    {other_counts: arg_max(struct_pack(told := @), observed_at).told AS @},
    {other_counters: arg_max(@, observed_at) AS known_@},
    max(concurrent_viewers) FILTER (status IN ('live', 'unknown')) AS peak_concurrent_viewers,
    arg_min(observed_at, struct_pack(lower := -concurrent_viewers, earlier := observed_at))
        FILTER (concurrent_viewers IS NOT NULL AND status IN ('live', 'unknown')) AS peak_at,
    arg_max(source, observed_at) AS source,
    arg_max(struct_pack(told := definition), observed_at).told AS definition
FROM snapshot
GROUP BY broadcast
