"""What a step costs, beside the least that it could cost. `python -m benchmarks` prints it; see docs/performance.md."""
