"""The worker process that owns torch, and the client that supervises it."""
