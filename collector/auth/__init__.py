"""Access tokens: their refresh, their files and the login of an account's owner."""
