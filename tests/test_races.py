"""What threads do side by side, for ThreadSanitizer (`make races`); here their results alone."""

import numpy as np
import pytest
from test_core import MODES

import w2v

# Enough threads and words that they meet, on any machine.
THREADS = 4


@pytest.fixture(scope="module")
def corpus():
    random = np.random.default_rng(1)
    return [[f"w{i}" for i in random.zipf(1.3, 30) % 300] for _ in range(700)]


def train(corpus, **options):
    options = dict(vector_size=20, min_count=1, epochs=1, workers=THREADS, progress=False) | options
    return w2v.train(corpus, **options)


@pytest.mark.parametrize("mode", MODES)
def test_training_races_on_shared_rows_alone(mode, corpus):
    model = train(corpus, **MODES[mode])
    assert np.isfinite(model.wv.vectors).all() and model.report.workers > 1


def test_deterministic_training_has_no_race(corpus):
    one, more = (train(corpus, deterministic=True, workers=n) for n in (1, THREADS))
    assert np.array_equal(one.wv.vectors, more.wv.vectors)


def test_reading_counting_and_searching_have_none(corpus, tmp_path):
    path = tmp_path / "text"
    path.write_text("\n".join(map(" ".join, corpus)) * 3)
    made = [
        w2v.glove(path, min_count=1, vector_size=8, iterations=2, workers=n, progress=False)
        for n in (1, THREADS)
    ]
    assert np.array_equal(made[0].wv.vectors, made[1].wv.vectors)
    phrases = [w2v.Phrases(path, threshold=1, workers=n).export_phrases() for n in (1, THREADS)]
    assert phrases[0] == phrases[1] and phrases[0]
    kv = made[0].wv
    kv.save_word2vec_format(tmp_path / "v.txt")
    assert np.array_equal(w2v.load(tmp_path / "v.txt").vectors, kv.vectors)
    assert len(kv.neighbours(kv.index_to_key, topn=3)) == len(kv)
