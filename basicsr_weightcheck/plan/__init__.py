"""What will the training ask for: the YAML, the framework's source tree, the load calls."""
