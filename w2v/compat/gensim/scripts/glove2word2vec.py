"""gensim.scripts.glove2word2vec: GloVe's text with a header; w2v.load needs none."""

from typing import TYPE_CHECKING

from ....shared.types import AnyPath
from ....vectors.keyed import load
from ... import lessons


def glove2word2vec(glove_input_file: AnyPath, word2vec_output_file: AnyPath) -> tuple[int, int]:
    """Write a file of GloVe vectors as word2vec text; returns the numbers of words and dimensions.

    >>> import pathlib
    >>> n_written = pathlib.Path("glove.txt").write_text("tea 1 2 3\\nmilk 4 5 6\\n")
    >>> glove2word2vec("glove.txt", "vectors.txt")
    (2, 3)
    """
    vectors = load(glove_input_file)
    vectors.save_word2vec_format(word2vec_output_file)
    return len(vectors), vectors.vector_size


if not TYPE_CHECKING:
    __getattr__ = lessons.refuser(__name__)
