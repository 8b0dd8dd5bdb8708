"""What is in the file: headers of weight files, read without torch and without running anything."""
