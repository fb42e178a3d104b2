"""gensim.scripts.glove2word2vec: w2v.load reads GloVe's files as they are."""

from ....shared.types import AnyPath
from ....vectors.keyed import load


def glove2word2vec(glove_input_file: AnyPath, word2vec_output_file: AnyPath) -> tuple[int, int]:
    """Write a file of GloVe with a header in front; returns how many words and dimensions it has.

    >>> import numpy as np
    >>> import w2v
    >>> kv = w2v.KeyedVectors(["tea", "milk"], np.eye(2))
    >>> kv.save_word2vec_format("glove.txt", write_header=False)
    >>> glove2word2vec("glove.txt", "vectors.txt")
    (2, 2)
    """
    vectors = load(glove_input_file)
    vectors.save_word2vec_format(word2vec_output_file)
    return len(vectors), vectors.vector_size
