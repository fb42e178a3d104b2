"""Words with their vectors, and what is asked of them: neighbours, analogies, tests, classes."""
