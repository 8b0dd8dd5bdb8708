"""What is said: one table for each subject, {key: (English, Chinese)}."""
