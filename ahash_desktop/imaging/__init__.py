"""Files and Pillow: finding pictures, decoding them, keeping thumbnails."""
