"""gensim.scripts: conversions of files that tutorials call."""
