-- How the newest attempts of each platform after a tick went.
SELECT
    platform,
    max(finished_at) FILTER (WHERE outcome = 'ok') AS last_success_at,
    max(finished_at) FILTER (WHERE outcome <> 'ok') AS last_failure_at,
    arg_max(error, finished_at) FILTER (WHERE outcome <> 'ok') AS last_error,
    arg_max(outcome, finished_at) AS last_outcome
FROM poll
WHERE tick > $tick
GROUP BY platform
