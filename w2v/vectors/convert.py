"""KeyedVectors to and from other packages' objects, sharing memory: Arrow, gensim, pandas, PyTorch.

A package is imported by what needs it.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ..formats.arrow import arrow_arrays, arrow_table
from ..formats.stored import checked
from ..shared.optional import needed
from .store import Store

if TYPE_CHECKING:
    import gensim.models
    import pandas
    import pyarrow
    import torch

Made = TypeVar("Made", bound=Store)


class Convertible(Store):
    """Words and vectors that become, or are made of, what other packages have."""

    def to_arrow(self) -> "pyarrow.Table":
        """Return a pyarrow.Table of the columns word, vector and, where known, count.

        `vector` is a fixed-size list and shares memory with `vectors`. Needs pyarrow.

        Raises ValueError naming a word that is not UTF-8, as Arrow's strings must be.
        """
        arrow = needed("pyarrow", "to_arrow", "pyarrow")
        return arrow_table(arrow, self.words, self.frozen_vectors(), self.counts)

    @classmethod
    def from_arrow(cls: type[Made], table: "pyarrow.Table") -> Made:
        """Make KeyedVectors of a pyarrow.Table as to_arrow makes them.

        `vector` may be a list of any one length; in one chunk it shares memory, and is read-only.

        Raises ValueError or TypeError naming the column that is missing or not as expected.
        """
        return cls(*arrow_arrays(table))

    def to_gensim(self) -> "gensim.models.KeyedVectors":
        """Return gensim.models.KeyedVectors with these words and counts; it shares memory."""
        models = needed("gensim.models", "to_gensim", "gensim")
        made = models.KeyedVectors(self.vector_size)
        made.index_to_key, made.key_to_index = list(self.words), dict(self.key_to_index)
        made.vectors = self.vectors
        if self.counts is not None:
            made.expandos["count"] = np.asarray(self.counts)
        return made

    @classmethod
    def from_gensim(cls: type[Made], vectors: Any) -> Made:
        """Make KeyedVectors of gensim's, or of a gensim model's; the vectors share memory.

        Counts come along, and also those gensim makes up when it reads files without any.
        """
        vectors = getattr(vectors, "wv", vectors)
        if not hasattr(vectors, "index_to_key"):
            raise TypeError(
                f"from_gensim: a {type(vectors).__name__} is given; gensim.models.KeyedVectors or "
                "a model of gensim 4 or later is expected"
            )
        return cls(*checked(vectors.index_to_key, vectors.vectors, vectors.expandos.get("count")))

    def to_pandas(self) -> "pandas.DataFrame":
        """Return a pandas.DataFrame, a row a word, the words as its index; it shares memory."""
        pandas = needed("pandas", "to_pandas", "pandas")
        # Of objects, because strings in Arrow cannot hold bytes outside UTF-8.
        dtype = "int64" if self.key_type is int else object
        index = pandas.Index(list(self.words), dtype=dtype, name="word")
        return pandas.DataFrame(self.vectors, index=index, copy=False)

    @classmethod
    def from_pandas(cls: type[Made], frame: "pandas.DataFrame") -> Made:
        """Make KeyedVectors of a pandas.DataFrame whose index are words and whose columns numbers.

        Columns of one dtype in one block share memory, read-only where pandas says so.
        """
        return cls(*checked(frame.index.tolist(), frame.to_numpy()))

    def to_torch(self) -> "torch.Tensor":
        """Return the vectors as a torch.Tensor (V, D), for torch.nn.Embedding.from_pretrained.

        It shares memory; read-only vectors, which PyTorch does not know, are copied.
        """
        torch = needed("torch", "to_torch", "torch")
        vectors = np.asarray(self.vectors)
        return torch.from_numpy(vectors if vectors.flags.writeable else vectors.copy())

    @classmethod
    def from_torch(
        cls: type[Made], words: Iterable[str], weights: "torch.Tensor | torch.nn.Embedding"
    ) -> Made:
        """Make KeyedVectors of words and a torch.Tensor (V, D) or torch.nn.Embedding.

        It shares memory with a tensor on the CPU; bfloat16, which NumPy does not know, becomes
        float32.
        """
        tensor: Any = getattr(weights, "weight", weights)
        tensor = tensor.detach().cpu()
        if "bfloat16" in str(tensor.dtype):
            tensor = tensor.float()
        return cls(*checked(list(words), tensor.numpy()))
