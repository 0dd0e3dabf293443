"""Quotas: their periods, their meter, the throttle, pacing and what a request costs."""
