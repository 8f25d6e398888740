"""Watching the insider: who wins more than chance explains (docs/fairness.md). It reads draws and steers none."""
