-- Signed growth per minute, edition and platform, recounted from every snapshot.
-- `counted` (broadcast, platform, edition) says where each broadcast counts.
WITH known AS (
    SELECT
        s.broadcast,
        s.observed_at,
        s.views - coalesce(lag(s.views) OVER (PARTITION BY s.broadcast ORDER BY s.observed_at), 0) AS views_delta
    FROM snapshot AS s
    WHERE s.views IS NOT NULL AND s.broadcast IN (SELECT broadcast FROM counted)
)
SELECT
    time_bucket(INTERVAL 1 MINUTE, k.observed_at) AS minute,
    c.edition AS edition,
    c.platform AS platform,
    sum(k.views_delta)::BIGINT AS views_delta
FROM known AS k
JOIN counted AS c ON c.broadcast = k.broadcast
GROUP BY ALL
