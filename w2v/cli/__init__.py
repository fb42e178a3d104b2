"""The commands: w2v, and the C tools' names with the C tools' options."""
