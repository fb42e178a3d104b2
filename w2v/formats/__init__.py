"""Files of vectors: what a file is, who reads it and who writes it."""
