-- One UTC day of signed growth by minute, edition and platform.
SELECT minute, edition, platform, sum(views_delta)::BIGINT AS views_delta
FROM views_delta
WHERE minute >= $since AND minute < $until AND edition IS NOT NULL
GROUP BY ALL
