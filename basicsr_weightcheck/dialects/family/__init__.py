"""What BasicSR and its older and newer copies have in common."""
