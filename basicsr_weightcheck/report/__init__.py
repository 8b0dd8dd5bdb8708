"""How it is shown: as text, Markdown, HTML and JSON; nothing is computed here."""
