"""What is done with the files of photos: shown, copied, moved to the trash, described beside."""
