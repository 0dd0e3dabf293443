"""How long a test waits for what happens at once on a quiet machine.

A limit that means "it does not hang" is generous, for other processes may slow this machine; how long
something takes is measured in benchmarks/.
"""

PATIENCE_SECONDS = 400.0
