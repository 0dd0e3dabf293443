-- The newest poll: its number, and when it or its answers came; nulls before the first.
SELECT max(poll_id) AS poll_id, max(polled_at) AS polled_at
FROM (
    SELECT poll_id, finished_at AS polled_at FROM poll
    UNION ALL SELECT poll_id, observed_at FROM snapshot
    UNION ALL SELECT poll_id, missed_at FROM miss
)
