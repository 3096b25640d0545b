"""The benchmarks: `make bench` prints one JSON line per figure. Ratios within one run; absolute times do not hold."""
