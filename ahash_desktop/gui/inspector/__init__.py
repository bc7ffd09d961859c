"""Why a photo matches: its bits, the evidence for them, and reasons in words."""
