"""Words that go together: found by counting pairs, joined into one word."""
