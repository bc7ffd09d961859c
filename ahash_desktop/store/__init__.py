"""The library on disk; the only place that speaks SQL."""
