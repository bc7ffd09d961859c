"""Use cases: indexing, searching, explaining; no Qt, no SQL, no torch."""
