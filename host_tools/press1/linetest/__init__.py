"""The line test on the host's side: its sections, the box's measurements, the verdict, the picture (docs/line-test.md)."""
