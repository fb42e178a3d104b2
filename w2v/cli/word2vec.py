"""The command word2vec, a drop-in for the C tool: its options, its output, its labels."""

import contextlib
import sys
from dataclasses import fields

from ..corpus import vocabulary
from ..corpus.draft import encode
from ..formats import word2vec
from ..formats.vocabulary import write_numbers
from ..models.params import Params
from ..models.word2vec import Word2Vec
from ..shared import VERSION
from ..shared.progress import Progress, duration, throttled
from .c_options import Option, describe, is_answered, parse_like_c
from .console import check_paths, guarded, messages_beside, open_output
from .train import check_output_space, summary

# The first column of `word2vec`'s usage, in the order the C tool looks them up.
WORD2VEC_OPTIONS = {
    "-size": Option(int, "vector_size", 100, "dimensions of the vectors"),
    "-train": Option(str, "corpus", "", "text to train on: file, directory, glob or - (stdin)"),
    "-save-vocab": Option(str, "save_vocab", "", "write the vocabulary here"),
    "-read-vocab": Option(str, "read_vocab", "", "read the vocabulary from here, not the text"),
    "-debug": Option(int, "debug", 2, "0: quiet, 1: sizes and summary, 2: progress too"),
    "-binary": Option(int, "binary", 0, "1: write vectors in binary"),
    "-cbow": Option(int, "cbow", 1, "1: CBOW, 0: skip-gram"),
    "-alpha": Option(float, "alpha", None, "starting rate; 0.05 for CBOW, 0.025 for skip-gram"),
    "-output": Option(
        str, "output", "", "write vectors (or classes) here; without it, no training"
    ),
    "-window": Option(int, "window", 5, "largest distance between a word and its context"),
    "-sample": Option(float, "sample", 1e-3, "subsample words more frequent than this; 0: none"),
    "-hs": Option(int, "hs", 0, "1: hierarchical softmax, besides -negative unless that is 0"),
    "-negative": Option(int, "negative", 5, "noise words for each centre; 0: none"),
    "-threads": Option(int, "workers", None, "threads; all cores unless given"),
    "-iter": Option(int, "epochs", 5, "passes over the text"),
    "-min-count": Option(int, "min_count", 5, "drop words that are rarer than this"),
    "-classes": Option(int, "classes", 0, "write this many word classes instead of vectors"),
    "-encoding": Option(str, "encoding", "utf-8", "of the text"),
    "-exact": Option(int, "exact", 0, "1: the C tool's output byte for byte, on one thread"),
}

USAGE = """word2vec (w2v {version}): word vectors from text; options and files as in the C tool

usage: word2vec -train FILE -output FILE [-option value ...]

{options}
  --lenient          pass over unknown and repeated options with a warning

example: word2vec -train text.txt -output vectors.bin -cbow 0 -size 200 -binary 1 -iter 3
"""


def word2vec_main(arguments: list[str] | None = None) -> int:
    """Run the `word2vec` command; returns its exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    usage = USAGE.format(version=VERSION, options=describe(WORD2VEC_OPTIONS))
    if is_answered("word2vec", usage, arguments):
        return 0
    return guarded(
        "word2vec",
        lambda: run_word2vec(parse_like_c(arguments, WORD2VEC_OPTIONS)),
        {option.name: name for name, option in WORD2VEC_OPTIONS.items()},
    )


def run_word2vec(options: dict) -> None:
    """Do what the C tool does, in the same order and with the same labels on standard output."""
    exact, debug, output = bool(options["exact"]), options["debug"], options["output"]
    if not options["corpus"]:
        raise ValueError("-train is missing: name the text to train on")
    if options["classes"] < 0:
        raise ValueError(f"-classes {options['classes']}: a whole number from 0 up is expected")
    if options["alpha"] is None:
        options["alpha"] = 0.05 if options["cbow"] else 0.025
    known = {parameter.name for parameter in fields(Params)}
    model = Word2Vec(
        **{name: value for name, value in options.items() if name in known - {"exact", "hs"}},
        sg=int(not options["cbow"]),
        hs=int(options["hs"] != 0),
        min_alpha=1e-4 * min(max(options["alpha"], 0), 1),  # C's floor
        exact=exact,
    )
    save_vocab = options["save_vocab"]
    check_paths(options["corpus"], options["read_vocab"], output=output, save_vocab=save_vocab)
    messages = messages_beside(output, save_vocab)
    with contextlib.ExitStack() as vocab_stack, contextlib.ExitStack() as output_stack:
        # Opened before any work, so that a path that cannot be written costs no training.
        vocab_file = open_output(vocab_stack, save_vocab, "save_vocab")
        output_file = open_output(output_stack, output, "output")
        output_stack.enter_context(contextlib.redirect_stdout(messages))
        print(f"Starting training using file {options['corpus']}", flush=True)
        given = None
        if options["read_vocab"]:
            given = vocabulary.load_vocabulary(options["read_vocab"], model.params.min_count, exact)
        model.vocabulary, corpus = encode(
            options["corpus"],
            vocabulary=given,
            min_count=model.params.min_count,
            workers=model.params.n_workers,
            mark=True,
            exact=exact,
            encoding=options["encoding"],
            on_progress=show_counted if debug > 1 else None,
        )
        if debug > 0:
            print(f"Vocab size: {len(model.vocabulary)}")
            print(f"Words in train file: {model.vocabulary.total}", flush=True)
        if given is not None and not exact and abs(given.total / corpus.n_words - 1) > 0.01:
            print(
                f"word2vec: note: {options['read_vocab']} counts {given.total:,} words, this text "
                f"has {corpus.n_words:,}: its counts decide what is subsampled, the text's length "
                "the learning rate",
                file=sys.stderr,
            )
        if vocab_file:
            write_numbers(vocab_file, model.vocabulary.words, model.vocabulary.counts)
            vocab_stack.close()
        if not output_file:
            return
        if options["classes"] > len(model.vocabulary):
            raise ValueError(
                f"classes={options['classes']}: there are only {len(model.vocabulary):,} words"
            )
        if not options["classes"]:
            check_output_space(output, model.params, len(model.vocabulary))
        report = model.fit(
            corpus, progress=throttled(show_like_c, sys.stdout) if debug > 1 else False
        )
        if options["classes"]:
            classes = model.wv.classes(options["classes"], exact)
            write_numbers(output_file, model.wv.words, classes)
        else:
            words, vectors = model.wv.words, model.wv.frozen_vectors()
            word2vec.write_word2vec(
                output_file, words, vectors, bool(options["binary"]), decimals=6
            )
    if debug > 0:
        print(summary(report), file=messages)


def show_counted(n_tokens: int) -> None:
    print(f"{n_tokens // 1_000_000}M", end="\r", flush=True)


def show_like_c(now: Progress) -> None:
    """Print the C tool's progress line, with the rate over wall time and the time left."""
    rate = now.words_per_second / 1000
    print(
        f"\rAlpha: {now.alpha:f}  Progress: {100 * now.share:.2f}%  "
        f"Words/thread/sec: {rate / now.workers:.2f}k  Words/sec: {rate:.2f}k  "
        f"Time left: {duration(now.seconds_left)}  ",
        end="\n" if now.finished else "",
        flush=True,
    )
