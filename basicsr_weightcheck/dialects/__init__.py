"""What one framework does: how it is recognised, reads its options, builds, loads and resumes."""
