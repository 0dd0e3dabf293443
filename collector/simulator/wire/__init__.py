"""How anything simulated is served over HTTP: server, endpoints, limits, faults, tokens."""
