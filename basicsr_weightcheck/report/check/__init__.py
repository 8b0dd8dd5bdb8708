"""What a check says: on the terminal, in the log, as JSON, beside a pull request."""
