"""When to poll what: cadence, batching, the due queue, the clock and the scheduler."""
