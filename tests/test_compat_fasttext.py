"""w2v.compat.fasttext answers as the module fasttext does, and gensim's names as gensim's."""

import golden_texts
import numpy as np
import pytest

import w2v
from w2v.cli.fasttext import fasttext_main
from w2v.compat import fasttext
from w2v.compat.gensim.models import FastText
from w2v.compat.gensim.models import fasttext as of_gensim
from w2v.formats import fasttext as files


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the two texts, and what exact training makes of them, by both losses."""
    folder = tmp_path_factory.mktemp("fasttext")
    for name in ("plain", "nasty"):
        (folder / f"{name}.txt").write_bytes(getattr(golden_texts, name)())
    for output, text, more in [
        ("sg", "plain", "-minCount 2"),
        ("hs", "plain", "-minCount 2 -loss hs"),
        ("nasty", "nasty", "-minCount 1 -minn 1 -maxn 3"),
        ("words", "plain", "-minCount 2 -maxn 0"),
    ]:
        options = f"skipgram -input {folder / text}.txt -output {folder / output} -dim 10"
        assert fasttext_main(f"{options} -bucket 500 -exact 1 -verbose 0 {more}".split()) == 0
    return folder


@pytest.mark.parametrize("name", ["sg", "nasty", "words"])
def test_a_model_answers_as_the_module(folder, name):
    module = pytest.importorskip("fasttext")
    theirs = module.load_model(str(folder / f"{name}.bin"))
    ours = fasttext.load_model(folder / f"{name}.bin")
    errors = "replace"
    words, counts = theirs.get_words(include_freq=True, on_unicode_error=errors)
    found, found_counts = ours.get_words(include_freq=True, on_unicode_error=errors)
    assert found == words and found_counts.tolist() == counts.tolist()
    assert ours.get_labels(on_unicode_error=errors) == words
    assert ours.get_dimension() == theirs.get_dimension() == 10
    for same in ("get_input_matrix", "get_output_matrix"):
        assert getattr(ours, same)().tobytes() == getattr(theirs, same)().tobytes()
    assert ours.is_quantized() == theirs.is_quantized() is False
    asked = [word for word in words[:40] if "\ufffd" not in word] + ["", "x", "слово", "unheard-of"]
    for word in asked:
        assert ours.get_word_vector(word).tobytes() == theirs.get_word_vector(word).tobytes()
        assert ours[word].dtype == np.float32
        assert ours.get_word_id(word) == theirs.get_word_id(word)
        assert (word in ours) == (word in theirs.get_words(on_unicode_error=errors))
        names, rows = theirs.get_subwords(word, on_unicode_error=errors)
        assert ours.get_subwords(word, errors)[0] == names
        assert ours.get_subwords(word, errors)[1].tolist() == rows.tolist()
        assert ours.get_nearest_neighbors(word, 5, errors) == theirs.get_nearest_neighbors(
            word, 5, errors
        )
        if name != "words":
            assert ours.get_subword_id(word) == theirs.get_subword_id(word)
    for three in (asked[:3], asked[-3:]):
        assert ours.get_analogies(*three, 4, errors) == theirs.get_analogies(*three, 4, errors)
    for row in (0, 3, len(words) + ours.f.header.bucket - 1):
        assert ours.get_input_vector(row).tobytes() == theirs.get_input_vector(row).tobytes()
    line = " ".join(asked[1:])
    assert ours.get_sentence_vector(line).tobytes() == theirs.get_sentence_vector(line).tobytes()
    for each in (line, f"{line} </s> x"):
        assert ours.get_line(each) == theirs.get_line(each)
    assert ours.get_line([line, "x y"]) == theirs.get_line([line, "x y"])
    text = "a b\n\n c\td\v\x00e \nlast"
    assert fasttext.tokenize(text) == module.tokenize(text)


def test_saved_models_are_those_that_were_read(folder, tmp_path):
    for name in ("sg", "nasty"):
        fasttext.load_model(folder / f"{name}.bin").save_model(tmp_path / "again.bin")
        assert (tmp_path / "again.bin").read_bytes() == (folder / f"{name}.bin").read_bytes()


def test_words_of_bytes_that_are_not_utf_8_are_found_again(folder):
    model = fasttext.load_model(folder / "nasty.bin")
    odd = [word for word in model.words if not word.isprintable() and word.isascii() is False]
    assert odd and all(model.get_word_id(word) >= 0 for word in model.words)
    with pytest.raises(UnicodeDecodeError):
        model.get_words()


def test_matrices_can_be_replaced(folder):
    model = fasttext.load_model(folder / "sg.bin")
    inputs, outputs = model.get_input_matrix()[:, :4], model.get_output_matrix()[:, :4]
    model.set_matrices(inputs, outputs)
    assert model.get_dimension() == 4
    word = model.words[3]
    rows = [inputs[row] for row in model.get_subwords(word)[1]]
    np.testing.assert_allclose(model[word], np.mean(rows, axis=0), atol=1e-6)
    with pytest.raises(ValueError, match=r"input_matrix: shape \(3, 4\); 912 rows are expected"):
        model.set_matrices(inputs[:3], outputs)


@pytest.mark.parametrize(
    "call, kind, message",
    [
        (lambda m: fasttext.load_model("no.bin"), ValueError, "no.bin cannot be opened for"),
        (lambda m: fasttext.load_model("plain.txt"), ValueError, "no .bin or .ftz file of fastT"),
        (lambda m: fasttext.train_unsupervised("no.txt"), ValueError, "cannot be opened for tra"),
        (lambda m: fasttext.train_unsupervised("plain.txt", nope=1), TypeError, "nope=1"),
        (lambda m: fasttext.train_unsupervised("plain.txt", dims=1), TypeError, "did you mean dim"),
        (lambda m: fasttext.train_unsupervised(), TypeError, "input is missing"),
        (
            lambda m: fasttext.train_unsupervised("plain.txt", minn=9),
            ValueError,
            "min_n=9 is above",
        ),
        (lambda m: fasttext.train_unsupervised("plain.txt", model="x"), ValueError, "model='x'"),
        (lambda m: fasttext.train_unsupervised("plain.txt", loss="ova"), ValueError, "loss='ova'"),
        (
            lambda m: fasttext.train_unsupervised("plain.txt", t=0),
            ValueError,
            "t=0: fastText keeps",
        ),
        (lambda m: fasttext.train_supervised("plain.txt"), NotImplementedError, "train_supervised"),
        (lambda m: m.predict("x"), NotImplementedError, "predict: .*facebookresearch"),
        (lambda m: m.get_input_vector(99999), IndexError, "ind=99999: there are 912 rows"),
        (lambda m: m.get_nearest_neighbors("x", 0), ValueError, "k=0: a whole number from 1 up"),
        (lambda m: m.get_sentence_vector("a\nb"), ValueError, "processes one line at a time"),
    ],
)
def test_mistakes_are_errors_that_name_them(folder, monkeypatch, call, kind, message):
    monkeypatch.chdir(folder)
    with pytest.raises(kind, match=message):
        call(fasttext.load_model("sg.bin"))


@pytest.mark.parametrize("model", ["skipgram", "cbow"])
@pytest.mark.parametrize("loss", ["ns", "hs"])
def test_training_makes_a_model_that_fasttext_reads(folder, tmp_path, model, loss):
    text = tmp_path / "text"
    text.write_bytes(golden_texts.nasty().replace(b"\0", b" "))  # our training refuses NUL
    made = fasttext.train_unsupervised(
        str(text), model, loss=loss, dim=6, min_count=2, bucket=300, epoch=2,
        thread=1, verbose=0, wordNgrams=2,
    )  # fmt: skip
    assert (made.dim, made.epoch, made.minCount, made.loss) == (6, 2, 2, loss)
    assert "</s>" in made.words and not any(word.startswith("__label__") for word in made.words)
    assert "__label" in made.words
    made.save_model(tmp_path / "made.bin")
    again = fasttext.load_model(tmp_path / "made.bin")
    header = again.f.header
    assert (header.dim, header.epoch, header.minCount, header.wordNgrams) == (6, 2, 2, 2)
    assert header.model == files.MODELS["sg" if model == "skipgram" else "cbow"]
    assert header.loss == files.LOSSES[loss] and header.bucket == 300
    assert np.isfinite(made.get_output_matrix()).all() and made.get_output_matrix().any()
    assert again.get_word_vector("anything").tobytes() == made["anything"].tobytes()
    module = pytest.importorskip("fasttext")
    theirs = module.load_model(str(tmp_path / "made.bin"))
    assert theirs.get_word_vector("anything").tobytes() == made["anything"].tobytes()


def test_training_goes_on_from_a_file_with_new_words(folder, tmp_path):
    for name in ("sg", "hs"):
        model = of_gensim.load_facebook_model(folder / f"{name}.bin")
        assert type(model) is FastText is w2v.FastText
        assert (
            model.wv["unheard-of"].tobytes()
            == w2v.load(folder / f"{name}.bin")["unheard-of"].tobytes()
        )
        of_gensim.save_facebook_model(model, tmp_path / "same.bin")
        found, wanted = (
            files.read_model(path) for path in (tmp_path / "same.bin", folder / f"{name}.bin")
        )
        assert found.header._replace(neg=5) == wanted.header
        assert (tmp_path / "same.bin").read_bytes()[28:] == (folder / f"{name}.bin").read_bytes()[
            28:
        ]
        before = model.wv.vectors.copy()
        lines = [[*model.wv.words[5:9], "brandnew"]] * 30
        model.build_vocab(lines, update=True)
        model.train(lines, total_examples=30, epochs=2)
        assert len(model.wv) == len(before) + 1 and np.isfinite(model.wv.vectors).all()
        assert (model.wv.vectors[5:9] != before[5:9]).any()
        of_gensim.save_facebook_model(model, tmp_path / "more.bin")
        more = of_gensim.load_facebook_vectors(tmp_path / "more.bin")
        assert more["brandnew"].tobytes() == model.wv["brandnew"].tobytes()
        assert more["unheard-of"].tobytes() == model.wv["unheard-of"].tobytes()


def test_node_vectors_of_a_file_tell_turns_as_ours_do(folder):
    model = w2v.FastText.load(folder / "hs.bin")
    lines = [line.split() for line in (folder / "plain.txt").read_text("utf-8").splitlines()]
    loss = model.held_out_loss(lines)
    model.node_vectors = -model.node_vectors
    assert loss < model.held_out_loss(lines) - 0.05


def test_gensim_reads_what_is_written_and_writes_what_is_read(folder, tmp_path):
    theirs = pytest.importorskip("gensim.models.fasttext")
    model = of_gensim.FastText(
        [["cat", "cats", "naïve"], ["dog", "dogs", "слово"]] * 20, vector_size=6, min_count=1,
        bucket=200, sg=1, workers=1, epochs=2,
    )  # fmt: skip
    of_gensim.save_facebook_model(model, tmp_path / "ours.bin")
    read = theirs.load_facebook_model(str(tmp_path / "ours.bin"))
    assert read.wv.index_to_key == model.wv.index_to_key
    assert (read.window, read.epochs, read.negative, read.sg) == (5, 2, 5, 1)
    np.testing.assert_allclose(read.wv.vectors_ngrams, model.wv.vectors_ngrams)
    np.testing.assert_allclose(read.syn1neg, model.output_vectors)
    for word in ["cat", "слово", "catsx"]:
        np.testing.assert_allclose(read.wv[word], model.wv[word], atol=1e-6)
    theirs.save_facebook_model(read, str(tmp_path / "theirs.bin"))
    again = of_gensim.load_facebook_model(tmp_path / "theirs.bin")
    assert again.wv.vectors.tobytes() == model.wv.vectors.tobytes()
    assert again.wv["catsx"].tobytes() == model.wv["catsx"].tobytes()
    assert again.output_vectors.tobytes() == np.ascontiguousarray(model.output_vectors).tobytes()


def test_files_that_training_cannot_go_on_from_say_so(folder, tmp_path):
    model = files.read_model(folder / "sg.bin")
    for change, message in [
        (dict(loss=3), "its loss, softmax, is not trained here"),
        (dict(model=3), "a supervised or quantised model"),
    ]:
        files.write_model(
            tmp_path / "x.bin", model._replace(header=model.header._replace(**change))
        )
        with pytest.raises(ValueError, match=rf"x\.bin'.*{message}"):
            of_gensim.load_facebook_model(tmp_path / "x.bin")
    with pytest.raises(ValueError, match=r"plain\.txt'"):
        of_gensim.load_facebook_vectors(folder / "plain.txt")
