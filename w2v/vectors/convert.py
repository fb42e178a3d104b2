"""KeyedVectors to and from other packages' objects, sharing memory: Arrow, gensim, pandas, PyTorch.

Functions whose first argument is `wv` or `cls` are methods of KeyedVectors; a package is imported
by what needs it.
"""

import numpy as np

from ..formats.arrow import arrow_arrays, arrow_table
from ..formats.stored import checked
from ..shared.optional import needed


def to_arrow(wv):
    """Return a pyarrow.Table of the columns word, vector and, where known, count.

    `vector` is a fixed-size list and shares memory with `vectors`. Needs w2v[parquet].

    Raises ValueError naming a word that is not UTF-8, as Arrow's strings must be.
    """
    arrow = needed("pyarrow", "to_arrow", "'w2v[parquet]'")
    return arrow_table(arrow, wv.index_to_key, wv.frozen_vectors(), wv.counts)


def from_arrow(cls, table):
    """Make KeyedVectors of a pyarrow.Table as to_arrow makes them.

    `vector` may be a list of any one length; in one chunk it shares memory, and is read-only.

    Raises ValueError or TypeError naming the column that is missing or not as expected.
    """
    return cls(*arrow_arrays(table))


def to_gensim(wv):
    """Return gensim.models.KeyedVectors with these words and counts; its vectors share memory."""
    models = needed("gensim.models", "to_gensim", "gensim")
    made = models.KeyedVectors(wv.vector_size)
    made.index_to_key, made.key_to_index = list(wv.index_to_key), dict(wv.key_to_index)
    made.vectors = wv.vectors
    if wv.counts is not None:
        made.expandos["count"] = np.asarray(wv.counts)
    return made


def from_gensim(cls, vectors):
    """Make KeyedVectors of gensim's, or of a gensim model's; the vectors share memory.

    Counts come along, and also those gensim makes up when it reads files without any.
    """
    vectors = getattr(vectors, "wv", vectors)
    if not hasattr(vectors, "index_to_key"):
        raise TypeError(
            f"from_gensim: a {type(vectors).__name__} is given; gensim.models.KeyedVectors or a "
            "model of gensim 4 or later is expected"
        )
    return cls(*checked(vectors.index_to_key, vectors.vectors, vectors.expandos.get("count")))


def to_pandas(wv):
    """Return a pandas.DataFrame, a row for each word, the words as its index; it shares memory."""
    pandas = needed("pandas", "to_pandas", "pandas")
    # Of objects, because strings in Arrow cannot hold bytes outside UTF-8.
    index = pandas.Index(list(wv.index_to_key), dtype=object, name="word")
    return pandas.DataFrame(wv.vectors, index=index, copy=False)


def from_pandas(cls, frame):
    """Make KeyedVectors of a pandas.DataFrame whose index are words and whose columns numbers.

    Columns of one dtype in one block share memory, read-only where pandas says so.
    """
    return cls(*checked(frame.index.tolist(), frame.to_numpy()))


def to_torch(wv):
    """Return the vectors as a torch.Tensor (V, D), for torch.nn.Embedding.from_pretrained.

    It shares memory; read-only vectors, which PyTorch does not know, are copied.
    """
    torch = needed("torch", "to_torch", "torch")
    vectors = np.asarray(wv.vectors)
    return torch.from_numpy(vectors if vectors.flags.writeable else vectors.copy())


def from_torch(cls, words, weights):
    """Make KeyedVectors of words and a torch.Tensor (V, D) or torch.nn.Embedding.

    It shares memory with a tensor on the CPU; bfloat16, which NumPy does not know, becomes float32.
    """
    weights = getattr(weights, "weight", weights).detach().cpu()
    if "bfloat16" in str(weights.dtype):
        weights = weights.float()
    return cls(*checked(list(words), weights.numpy()))
