"""Pull relations out of text: in which relation do two words stand, as far as their vectors tell?

"file" and "files", "return" and "returned", "write" and "writing": here the spelling says which
relation a pair is an example of, so that what is found can be counted. The program does not see the
spelling. It sees the difference of two vectors, and learns from the pairs of some words what to say
of the pairs of others.
"""

import random

import numpy as np
from python_docs import documents
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

import w2v

texts, _ = documents()
wv = w2v.train(texts, sg=1, window=2, min_count=3, epochs=30, negative=10, alpha=0.05, workers=1).wv
unit = wv.get_normed_vectors()

pairs = []
endings = {"plural or he ...": "s", "it was ...": "ed", "... ing": "ing"}
for word in wv.index_to_key:
    if word.isalpha() and len(word) > 3:
        for relation, ending in endings.items():
            for other in sorted({word + ending, word.removesuffix("e") + ending}):
                if other in wv and other != word:
                    pairs.append((word, other, relation))
draw = random.Random(1)
others = [other for _, other, _ in pairs]
for word in sorted({word for word, _, _ in pairs}):
    pairs.append((word, draw.choice(others), "none"))
print(f"{len(pairs)} pairs, such as", *(f"{a}:{b}" for a, b, _ in pairs[:5]))

first, second = (np.array([wv.get_index(pair[i]) for pair in pairs]) for i in (0, 1))
relations = np.array([relation for _, _, relation in pairs])
features = np.hstack([unit[second] - unit[first], unit[first] * unit[second]])

# A word's pairs are all in one fold: what is asked is new.
found = cross_val_predict(
    LogisticRegression(C=3, max_iter=2000, class_weight="balanced"),
    features, relations, groups=first, cv=GroupKFold(5),
)  # fmt: skip

print("\nrelation          pairs  right")
right = []
for relation in dict.fromkeys(relations):
    own = relations == relation
    right.append((found[own] == relation).mean())
    print(f"{relation:16} {own.sum():6} {right[-1]:6.0%}")
print(f"mean             {len(pairs):6} {np.mean(right):6.0%}   (by chance: {1 / len(right):.0%})")

# From one pair to the next by its direction alone, for relations of which there is no list.
print()
for a, b, c in (("file", "files", "directory"), ("returns", "return", "raises")):
    near = wv.most_similar(positive=[b, c], negative=[a], topn=3)
    print(f"{a} is to {b} as {c} is to:", ", ".join(word for word, _ in near))

assert np.mean(right) > 1.6 / len(right)
