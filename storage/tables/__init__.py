"""Tables of rows as files hold them: frames from columns, the long form, JSON values."""
