"""gensim.scripts.word2vec2tensor: vectors for TensorBoard's projector."""

from typing import TYPE_CHECKING

from ....shared.types import AnyPath
from ....vectors.keyed import KeyedVectors
from ... import lessons


def word2vec2tensor(
    word2vec_model_path: AnyPath, tensor_filename: AnyPath, binary: bool = False
) -> None:
    """Write a file in word2vec format as TENSOR_FILENAME_tensor.tsv and ..._metadata.tsv.

    >>> import pathlib
    >>> n_written = pathlib.Path("vectors.txt").write_text("2 3\\ntea 1 2 3\\nmilk 4 5 6\\n")
    >>> word2vec2tensor("vectors.txt", "projected")
    >>> pathlib.Path("projected_metadata.tsv").read_text().split()
    ['tea', 'milk']
    """
    vectors = KeyedVectors.load_word2vec_format(word2vec_model_path, binary=binary)
    vectors.save_projector(tensor_filename)


if not TYPE_CHECKING:
    __getattr__ = lessons.refuser(__name__)
