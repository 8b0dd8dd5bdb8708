"""One self-contained page: records become plain view data, templates only lay it out."""
