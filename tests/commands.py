"""The commands that the package installs, by their names."""

from w2v.cli import c_queries, fasttext, main, word2phrase, word2vec

COMMANDS = {
    "w2v": main.w2v_main,
    "word2vec": word2vec.word2vec_main,
    "word2phrase": word2phrase.word2phrase_main,
    "distance": c_queries.distance_main,
    "word-analogy": c_queries.word_analogy_main,
    "compute-accuracy": c_queries.compute_accuracy_main,
    "fasttext": fasttext.fasttext_main,
}
