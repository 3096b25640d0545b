"""The benchmarks: `make bench` prints one JSON line per figure. Ratios within one run; absolute times do not hold."""

import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
if str(TESTS) not in sys.path:  # where `python -m tests.bench` runs it; pytest has it there
    sys.path.insert(0, str(TESTS))
