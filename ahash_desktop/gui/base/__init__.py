"""What every room of the window uses: jobs, looks, words, and controls with their manners."""
