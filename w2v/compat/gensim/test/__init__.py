"""gensim.test: the small texts that its documentation begins with."""
