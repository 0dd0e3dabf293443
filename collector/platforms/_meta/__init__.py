"""Meta's Graph API as its three platforms share it: requests, errors, limits and logins."""
