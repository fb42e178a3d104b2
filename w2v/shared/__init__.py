"""What everything else stands on: threads, streams of bytes, optional packages, checks."""

# Of this release; pyproject.toml reads it here, files say it.
VERSION = "0.1.0"
