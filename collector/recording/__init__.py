"""The way to the store: the recorder of the jobs, its writer thread, and its spool for a full disk.

Beside it are threads of their own, for what nothing that is recorded waits for.
"""
