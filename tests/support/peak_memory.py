"""The most memory that this process has held.

Not ``ru_maxrss``: that one begins with the size of the process which started this one, so that
below a large test run growth would not be seen.
"""

from pathlib import Path


def highest_bytes():
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) << 10
