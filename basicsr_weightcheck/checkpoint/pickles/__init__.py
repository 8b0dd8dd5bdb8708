"""What a pickle says, without running anything that it names."""
