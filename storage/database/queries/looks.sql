-- How the newest looks for each account's broadcasts after a tick went.
SELECT
    source AS account,
    max(finished_at) AS looked_at,
    max(finished_at) FILTER (WHERE outcome = 'ok') AS answered_at,
    arg_max(outcome, poll_id) AS outcome
FROM poll
WHERE tick > $tick AND purpose = 'discovery'
GROUP BY source
