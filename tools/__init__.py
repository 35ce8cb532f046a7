"""Scripts over the library: export, import, predict, benchmark, publish."""
