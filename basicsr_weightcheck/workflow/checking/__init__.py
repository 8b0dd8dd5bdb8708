"""The steps of a check, from the option file to the report."""
