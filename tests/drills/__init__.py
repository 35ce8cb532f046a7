"""Drills: hundreds of hostile inputs, each held to what the library promises.

`python -m tests.drills` runs them all and prints the table of
docs/reliability.md; `--kinds=configurations,weights` some of them.
"""
