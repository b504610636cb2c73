"""`make bench`: how fast WorkLog is, as ratios to a hello function that is measured beside it in the same run."""
