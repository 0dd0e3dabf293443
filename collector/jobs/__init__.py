"""The collector's periodic jobs, one module a job, and what one platform's jobs share."""
