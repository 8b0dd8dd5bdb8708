"""What a running training loads: each load is tried, judged, made and verified."""
