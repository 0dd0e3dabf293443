"""The network: the HTTP client, its body reader and its guard of addresses."""
