"""Pictures as they are looked at: where they come from, their facts, overlays and zoom."""
