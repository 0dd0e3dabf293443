-- Every gap that ended.
SELECT broadcast, reason, started_at, ended_at, missed_polls
FROM gap
ORDER BY started_at, broadcast
