"""Text to ids: where words come from, which of them are kept, the corpus as numbers."""
