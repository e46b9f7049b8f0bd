"""Measurements. Each program runs as `python -m bench.NAME`; README.md describes them."""
