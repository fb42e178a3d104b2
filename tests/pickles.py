"""Objects of gensim 3.8, and pickles of any opcodes, for tests: gensim need not be there.

The classes stand under gensim's module names while something is pickled. Their attributes are those
that gensim 3.8.3 saves, as its documentation and the guide "Migrating from Gensim 3.x to 4" name
them.
"""

import contextlib
import pickle
import sys
import types

import numpy as np

PARTS = {
    "gensim.models.word2vec": ["Word2Vec", "Word2VecVocab", "Word2VecTrainables"],
    "gensim.models.keyedvectors": ["Word2VecKeyedVectors", "Vocab"],
    "gensim.models.fasttext": ["FastText"],
    "gensim.models.phrases": ["Phrases", "Phraser", "original_scorer", "npmi_scorer"],
    "gensim.models.ldamodel": ["LdaModel"],
}


@contextlib.contextmanager
def stand_ins():
    """Yield a namespace of classes that pickle takes for gensim's."""
    names = ["gensim", "gensim.models", "gensim.utils", *PARTS]
    before = {name: sys.modules.get(name) for name in names}
    made = types.SimpleNamespace()
    for name in names:
        sys.modules[name] = types.ModuleType(name)
    for module, kinds in PARTS.items():
        for kind in kinds:
            each = type(kind, (), {"__module__": module})
            setattr(sys.modules[module], kind, each)
            setattr(made, kind, each)
    try:
        yield made
    finally:
        for name, module in before.items():
            sys.modules.pop(name)
            if module is not None:
                sys.modules[name] = module


def having(kind, **attributes):
    made = kind()
    made.__dict__.update(attributes)
    return made


# What gensim adds to an object that it saves.
SAVED = {"__numpys": [], "__scipys": [], "__ignoreds": [], "__recursive_saveloads": []}


def word2vec_3_8(kinds, words, counts, vectors, syn1neg, trees=None, **others):
    """A Word2Vec of gensim 3.8: what is learned is in three objects."""
    vocab = {}
    for i, (word, count) in enumerate(zip(words, counts, strict=True)):
        vocab[word] = having(kinds.Vocab, count=count, index=i, sample_int=2**31)
        if trees is not None:
            point, code = trees[i]
            vocab[word].point, vocab[word].code = (
                np.array(point, np.uint32), np.array(code, np.uint8)
            )  # fmt: skip
    D = vectors.shape[1]
    wv = having(
        kinds.Word2VecKeyedVectors, vectors=vectors, vocab=vocab, vector_size=D,
        index2word=list(words), **SAVED,
    )  # fmt: skip
    vocabulary = having(
        kinds.Word2VecVocab, max_vocab_size=None, min_count=2, sample=0.01, sorted_vocab=True,
        null_word=0, raw_vocab=None, max_final_vocab=None, ns_exponent=0.5,
    )  # fmt: skip
    trainables = having(
        kinds.Word2VecTrainables, hashfxn=hash, layer1_size=D, seed=7, syn1neg=syn1neg,
        vectors_lockf=np.ones(len(words), np.float32),
    )  # fmt: skip
    model = dict(
        wv=wv, vocabulary=vocabulary, trainables=trainables, sg=1, alpha=0.03, window=3, hs=0,
        negative=5, cbow_mean=1, min_alpha=0.001, epochs=4, workers=2, vector_size=D,
        random=np.random.RandomState(7), train_count=2, corpus_count=11, corpus_total_words=99,
        total_train_time=1.5, batch_words=10000, callbacks=(), compute_loss=False,
        running_training_loss=0.0, min_alpha_yet_reached=0.001, model_trimmed_post_training=False,
    )  # fmt: skip
    return having(kinds.Word2Vec, **{**model, **others}, **SAVED)


def dump(path, thing, protocol=2):
    path.write_bytes(pickle.dumps(thing, protocol))
    return path
