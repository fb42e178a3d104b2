"""Classify texts: which package is a docstring of? Vectors of words against TF-IDF.

The vectors are trained on all docstrings without their labels. A text is the mean of its words'
vectors, frequent words counting less (Arora, Liang and Ma 2017).
"""

import numpy as np
from python_docs import documents
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

import w2v

everything, _ = documents()
texts, labels = documents(n_labels=12)
print(f"{len(texts):,} docstrings of 12 packages, and {len(everything):,} to train vectors on")

wv = w2v.train(
    everything, sg=1, vector_size=100, window=10, min_count=2, epochs=20, workers=1
).wv  # fmt: skip
weights = 1e-3 / (1e-3 + wv.counts / wv.counts.sum())


def vector(words):
    known = [wv.get_index(word) for word in words if word in wv]
    return weights[known] @ wv.vectors[known] / max(len(known), 1)


def score(features, n_labelled):
    """Return the accuracy on held-out texts of a classifier of n_labelled texts."""
    train, test, train_labels, test_labels = train_test_split(
        features, labels, train_size=n_labelled, test_size=1000, stratify=labels, random_state=1
    )
    model = LogisticRegression(C=10, max_iter=2000).fit(train, train_labels)
    return model.score(test, test_labels)


means = np.array([vector(words) for words in texts])
means /= means.std()
counts = TfidfVectorizer(analyzer=lambda words: words, sublinear_tf=True).fit_transform(texts)

print("\nlabelled  vectors  TF-IDF")
accuracies = {}
for n_labelled in (60, 200, 1000):
    accuracies[n_labelled] = score(means, n_labelled), score(counts, n_labelled)
    print(f"{n_labelled:8}  {accuracies[n_labelled][0]:7.1%}  {accuracies[n_labelled][1]:6.1%}")

# With few labels, vectors know more: they have seen all the words, TF-IDF only those labelled.
assert accuracies[60][0] > accuracies[60][1]
