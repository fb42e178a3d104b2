"""Which files a user means by paths, directories, glob patterns and lists of them."""

import errno
import glob
import os
import stat

from .streams import STDIN

# What somebody may have meant who passes what is no file.
HINTS: dict[str, str] = dict.fromkeys(
    ("corpus", "sentences"),
    " (text itself is passed as lists of tokens, or as a list of strings with tokenizer=str.split)",
)


def find_files(
    corpus: object, argument: str = "corpus", may_be_texts: bool = False
) -> list[str] | None:
    """Return the files that `corpus` names, or None when it is no path, glob or list of them.

    A string or os.PathLike is a file, a directory (its files at any depth, hidden ones left out, in
    sorted order), a glob pattern (sorted) or "-" for standard input. A list or tuple of such is
    their concatenation; a list of strings of which none names a file is not taken for paths, nor,
    where they `may_be_texts`, are strings unless each of them names a file.

    Raises FileNotFoundError or ValueError when a path does not exist or a directory has no files.

    >>> import pathlib
    >>> made = [pathlib.Path(name).write_text("text") for name in ("b.txt", "a.txt")]
    >>> find_files("*.txt")
    ['a.txt', 'b.txt']
    >>> find_files([["token", "lists"]]) is None
    True
    """
    if isinstance(corpus, (str, os.PathLike)):
        return expand_path(os.fspath(corpus), argument)
    if not isinstance(corpus, (list, tuple)) or not corpus:
        return None
    if not all(isinstance(item, (str, os.PathLike)) for item in corpus):
        return None
    texts = [item for item in corpus if isinstance(item, str)]
    if len(texts) == len(corpus):
        are_files = map(is_file, texts) if may_be_texts else map(looks_like_path, texts)
        if not (all if may_be_texts else any)(are_files):
            return None
    return [file for item in corpus for file in expand_path(os.fspath(item), argument)]


def is_file(text: str) -> bool:
    try:
        return os.path.isfile(text)
    except ValueError:  # an embedded NUL
        return False


def looks_like_path(text: str) -> bool:
    try:
        return text == STDIN or os.path.exists(text) or bool(has_magic(text) and glob.glob(text))
    except (ValueError, OSError):  # an embedded NUL; a name too long
        return False


def has_magic(text: str) -> bool:
    return any(mark in text for mark in "*?[")


def expand_path(path: str | bytes, argument: str) -> list[str]:
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if path == STDIN:
        return [STDIN]
    if "\0" in path or not path:
        raise FileNotFoundError(f"{argument}={path[:60]!r}: not the name of a file")
    path = os.path.expanduser(path)
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        files = sorted(glob.glob(path, recursive=True)) if has_magic(path) else []
        files = [file for file in files if os.path.isfile(file)]
        if not files:
            raise FileNotFoundError(
                f"{argument}={shortened(path)}: no such file or directory, and no file matches it "
                f"as a pattern{HINTS.get(argument, '')}"
            ) from None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise FileNotFoundError(
                f"{argument}={shortened(path)}: too long for a file's name{HINTS.get(argument, '')}"
            ) from None
        raise FileNotFoundError(f"{argument}={shortened(path)}: {error.strerror}") from None
    else:
        files = files_below(path, argument) if stat.S_ISDIR(mode) else [path]
    for file in files:
        if not os.access(file, os.R_OK):
            raise PermissionError(f"{argument}={file!r}: no permission to read it")
    return files


def shortened(text: str) -> str:
    return repr(text if len(text) <= 200 else text[:200] + "...")


def files_below(directory: str, argument: str) -> list[str]:
    files = []
    for folder, folders, names in os.walk(directory):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        files += [os.path.join(folder, name) for name in sorted(names) if not name.startswith(".")]
    files = [file for file in files if os.path.isfile(file)]
    if not files:
        raise ValueError(f"{argument}={directory!r}: this directory holds no text files")
    return files
