-- The largest number of a poll; null before the first.
SELECT max(poll_id) AS poll_id
FROM (
    SELECT poll_id FROM poll
    UNION ALL SELECT poll_id FROM snapshot
    UNION ALL SELECT poll_id FROM miss
)
