"""What does it mean? One rule, one class: README.md."""
