"""KeyedVectors to and from other packages' objects, sharing memory where these can.

Arrow, gensim, pandas, polars, PyTorch; indexes of faiss and usearch. A package is imported by what
needs it.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..formats.arrow import arrow_arrays, arrow_table
from ..formats.ids import Ids
from ..formats.stored import checked
from ..shared.optional import needed
from ..shared.types import Key
from . import search
from .store import Store

if TYPE_CHECKING:
    import faiss
    import gensim.models
    import pandas
    import polars
    import pyarrow
    import torch
    import usearch.index

Made = TypeVar("Made", bound=Store)

# What indexes call the metrics of `neighbours`; usearch has but two of them.
FAISS_METRICS = {
    "cosine": "METRIC_INNER_PRODUCT",
    "euclidean": "METRIC_L2",
    "manhattan": "METRIC_L1",
    "chebyshev": "METRIC_Linf",
}
USEARCH_METRICS = {"cosine": "cos", "euclidean": "l2sq"}


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

    def to_polars(self) -> "polars.DataFrame":
        """Return a polars.DataFrame of the columns word, vector and, where known, count.

        `word` holds strings, or int64 where keys are ints; `vector` is an array of D numbers, and
        shares memory. Raises ValueError naming a word that is not UTF-8.
        """
        polars = needed("polars", "to_polars", "polars")
        words: Any = np.asarray(self.words, np.int64) if self.key_type is int else list(self.words)
        for word in () if self.key_type is int else words:
            if any("\ud800" <= letter <= "\udfff" for letter in word):
                raise ValueError(f"the word {word!r} is not UTF-8, as polars needs; rename it")
        columns = {"word": words, "vector": np.ascontiguousarray(self.frozen_vectors())}
        return polars.DataFrame(
            columns if self.counts is None else {**columns, "count": self.counts}
        )

    @classmethod
    def from_polars(cls: type[Made], frame: "polars.DataFrame") -> Made:
        """Make KeyedVectors of a polars.DataFrame as to_polars makes them.

        `vector` may be a list of any one length. Raises ValueError or TypeError naming the column
        that is missing or not as expected.
        """
        for name in ("word", "vector"):
            if name not in frame.columns:
                raise ValueError(f"no column {name!r} among {frame.columns}")
        vectors: Any = frame["vector"]
        if hasattr(vectors.dtype, "inner") and not hasattr(vectors.dtype, "size"):
            sizes = vectors.list.len().unique().to_list()
            if len(sizes) > 1:
                raise ValueError("the column 'vector' holds lists of several lengths, or nulls")
            vectors = vectors.list.to_array(sizes[0] if sizes else 1)
        if vectors.null_count():
            raise ValueError("the column 'vector' has nulls")
        counts = frame["count"].to_numpy() if "count" in frame.columns else None
        return cls(*checked(frame["word"].to_list(), vectors.to_numpy(), counts))

    def to_torch(self) -> "torch.Tensor":
        """Return the vectors as a torch.Tensor (V, D), for torch.nn.Embedding.from_pretrained.

        It shares memory; read-only vectors, which PyTorch does not know, are copied.
        """
        torch = needed("torch", "to_torch", "torch")
        vectors = np.asarray(self.vectors)
        return torch.from_numpy(vectors if vectors.flags.writeable else vectors.copy())

    def to_embedding(
        self,
        keys: Iterable[Key] | None = None,
        *,
        freeze: bool = True,
        padding_idx: int | None = None,
    ) -> "torch.nn.Embedding":
        """Return a torch.nn.Embedding of these vectors, what a neural network starts from.

        Parameters
        ----------
        keys : which rows it has; None: all words in vocabulary order, and memory is shared, so that
            training it changes these vectors. Unknown keys, "<pad>" or "<unk>" say, start at 0.
        freeze : whether training leaves the vectors as they are.
        padding_idx : the row that stands for no word, which is not trained.
        """
        torch = needed("torch", "to_embedding", "torch")
        whole: Any = self  # vectors_for is in keyed.py
        rows = whole.to_torch() if keys is None else torch.from_numpy(whole.vectors_for(keys))
        return torch.nn.Embedding.from_pretrained(rows, freeze=freeze, padding_idx=padding_idx)

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

    # Indexes

    def to_faiss(self, kind: str = "Flat", *, metric: str = "cosine") -> "faiss.Index":
        """Return a faiss index of these vectors, whose labels are rows; of ids, the ids.

        Parameters
        ----------
        kind : as faiss.index_factory has it: "Flat" is exact, "HNSW32", "IVF1024,Flat" and the like
            are faster than exact; those that are trained are, on these vectors.
        metric : see KeyedVectors. For the cosine the vectors in the index have length 1, and
            queries must: wv.get_vector(word, norm=True). faiss gives squared euclidean distances.

        Raises ValueError naming a kind or metric that there is none of.
        """
        faiss = needed("faiss", "to_faiss", "faiss-cpu")
        measure = getattr(faiss, known(metric, FAISS_METRICS))
        labels = labels_of(self)
        kind = kind if labels is None else f"IDMap2,{kind}"
        try:
            index = faiss.index_factory(self.vector_size, kind, measure)
        except RuntimeError as error:
            raise ValueError(f"kind={kind!r}: {str(error).splitlines()[-1]}") from None
        vectors = np.ascontiguousarray(self.frozen_vectors(), np.float32)
        if metric == "cosine":
            vectors = search.unit(vectors)
        if not index.is_trained:
            index.train(vectors)
        if labels is None:
            index.add(vectors)
        else:
            index.add_with_ids(vectors, labels)
        return index

    def to_usearch(
        self, *, metric: str = "cosine", dtype: str = "f32", **options: Any
    ) -> "usearch.index.Index":
        """Return a usearch index of these vectors, whose keys are rows; of ids, the ids.

        Parameters
        ----------
        metric : "cosine" or "euclidean", of which usearch gives squares.
        dtype : of the vectors in the index: "f32", "f16", "bf16", "i8".
        options : connectivity, expansion_add and so on, as usearch.index.Index takes them.

        Raises ValueError for ids below 0, which usearch does not have.
        """
        index = needed("usearch.index", "to_usearch", "usearch")
        named = known(metric, USEARCH_METRICS)
        labels = labels_of(self)
        if labels is None:
            labels = np.arange(len(self))
        if labels.min(initial=0) < 0:
            raise ValueError(f"the id {labels.min()}: keys of usearch are 0 or more; renumber ids")
        made = index.Index(ndim=self.vector_size, metric=named, dtype=dtype, **options)
        made.add(labels, np.asarray(self.frozen_vectors(), np.float32))
        return made


def labels_of(vectors: Store) -> NDArray[np.int64] | None:
    """Return the ids that are the keys, int64 (V,); None where keys are words."""
    return Ids.of(vectors.words).numbers if vectors.key_type is int else None


def known(metric: str, names: dict[str, str]) -> str:
    """Return what a package calls a metric; raises ValueError where it has none such."""
    if metric not in names:
        raise ValueError(f"metric={metric!r}: there are {', '.join(names)}")
    return names[metric]
