"""What do we know: frozen records with derived properties only. Imports nothing but itself."""
