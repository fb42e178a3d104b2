"""KeyedVectors written to files; formats/ has how each kind looks."""

import os
from contextlib import AbstractContextManager
from typing import IO, Any

from .. import formats
from ..formats import word2vec
from ..formats.ids import spelled
from ..formats.vocabulary import write_numbers
from ..shared import streams
from ..shared.checks import check_number
from ..shared.progress import Show, of_rows
from ..shared.types import AnyPath
from .store import Store


class Savable(Store):
    """Words and vectors that files can hold."""

    def save(
        self,
        path: AnyPath,
        separately: Any = None,
        sep_limit: int | None = None,
        ignore: Any = None,
        pickle_protocol: int | None = None,
        *,
        progress: Show = None,
    ) -> None:
        """Write words, vectors and counts to a native file, which load opens in milliseconds.

        It is a safetensors file, with the rows of n-grams, if there are any, but those of zeros. A
        path that ends in .npz makes a NumPy archive without pickle, one in .parquet a table of the
        columns word, vector and count, which needs pyarrow; both hold words' vectors alone. The
        file appears whole or not at all. `progress` is that of w2v.load. The other arguments, which
        are about pickles, are taken as gensim takes them, and change nothing.

        Raises ValueError naming a word that the format cannot hold; OSError naming the path.

        >>> kv.save("vectors.w2v")
        """
        to = formats.format_of(path)
        to = to if to in ("npz", "parquet") else "native"
        rows = self.words, self._vectors, self.counts
        formats.write(path, *rows, to=to, parts=self.parts, progress=progress)

    def save_projector(self, prefix: AnyPath, *, progress: Show = None) -> None:
        """Write PREFIX_tensor.tsv and PREFIX_metadata.tsv; see formats/projector.py, w2v.load.

        >>> kv.save_projector("kings")
        """
        vectors = self.frozen_vectors()
        formats.write(prefix, self.words, vectors, to="projector", progress=progress)

    def save_word2vec_format(
        self,
        fname: AnyPath,
        fvocab: AnyPath | None = None,
        binary: bool = False,
        total_vec: int | None = None,
        write_header: bool = True,
        prefix: str = "",
        append: bool = False,
        *,
        decimals: int | None = None,
        workers: int | None = None,
        progress: Show = None,
    ) -> None:
        """Write the vectors in the word2vec format, in the order of their rows.

        Parameters
        ----------
        fname : path; one that ends in .gz, .bz2, .xz or .zst is compressed. It appears whole or not
            at all.
        fvocab : path of a file for `word count` lines, or None.
        binary, prefix, decimals, workers : see word2vec.write_word2vec.
        total_vec : the number of words the header says; None: of these.
        write_header : False for the format of GloVe.
        append : add to what the file holds, which is then not written anew; uncompressed only.
        progress : see w2v.load.

        Raises ValueError naming a word that cannot stand in this format, before writing.

        >>> kv.save_word2vec_format("vectors.txt")
        >>> with open("vectors.txt") as file:
        ...     print(file.readline() + file.readline(), end="")
        5 4
        man 1.0 -1.0 1.0 1.0
        """
        if append and os.fspath(fname).endswith(streams.COMPRESSED_SUFFIXES):
            raise ValueError(f"fname={fname!r}: append=True cannot add to a compressed file")
        counts = self.counts
        if fvocab is not None and counts is None:
            raise ValueError(f"fvocab={fvocab!r}: these vectors have no counts to write")
        header: bool | tuple[int, int] = write_header
        if write_header and total_vec is not None:
            header = (check_number("total_vec", total_vec, int, 0), self.vector_size)
        opened: AbstractContextManager[IO[bytes]] = (
            open(fname, "ab") if append else streams.replacing(fname, "fname")
        )
        with opened as file:
            word2vec.write_word2vec(
                file, self.words, self._vectors, binary, decimals,
                header=header, prefix=prefix, workers=workers, told=of_rows(progress, "saving"),
            )  # fmt: skip
        if fvocab is not None and counts is not None:
            with streams.replacing(fvocab, "fvocab") as file:
                write_numbers(file, (prefix + w for w in spelled(self.words)), counts)
