-- Attempts since an instant, newest last.
SELECT
    poll_id, platform, purpose, source, started_at, finished_at, asked, answered, requests, outcome,
    error
FROM poll
WHERE started_at >= $since
ORDER BY started_at, poll_id
