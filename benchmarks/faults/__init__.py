"""What is kept, and how fast, while parts of the site are killed, hang or are busy: `python -m benchmarks.faults NAME`."""
