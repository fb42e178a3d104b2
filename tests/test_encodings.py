"""Text in other encodings is read when named, refused when not; a little damage is repaired."""

import re

import numpy as np
import pytest

import w2v
from w2v.cli.main import w2v_main
from w2v.cli.word2vec import word2vec_main
from w2v.corpus import draft, sources
from w2v.shared.encodings import guess_encoding

TEXTS = {
    "gb18030": "今天 天气 很 好 我们 去 公园 看到 了 很多 花 他们 说 中国 的 历史 很 长",
    "big5": "今天 天氣 很 好 我們 去 公園 看到 了 很多 花 他們 說 中國 的 歷史 很 長",
    "shift_jis": "今日 は 天気 が いい ので 公園 へ 散歩 に 行き ました 花 が たくさん",
    "euc_jp": "今日 は 天気 が いい ので 公園 へ 散歩 に 行き ました 花 が たくさん",
    "euc_kr": "오늘은 날씨가 좋아서 공원에 산책하러 갔습니다 꽃이 많이 피어 있었습니다",
    "koi8-r": "сегодня хорошая погода и мы пошли гулять в парк там было много цветов",
    "cp1251": "сегодня хорошая погода и мы пошли гулять в парк там было много цветов",
    # ruff: noqa: RUF001
    "cp1253": "σήμερα ο καιρός είναι καλός και πήγαμε βόλτα στο πάρκο",
    "cp1252": "un café à la forêt où l’été dernier nous étions allés très tôt",
    "cp1250": "dziś jest ładna pogoda więc poszliśmy do parku żółta łódź",
    "tis-620": "วันนี้ อากาศ ดี เรา ไป เดินเล่น ใน สวน",
}


def corpus_of(path, text, encoding, n_lines=50):
    path.write_bytes(("\n".join([text] * n_lines) + "\n").encode(encoding))
    return path


@pytest.mark.parametrize("encoding", TEXTS)
def test_a_legacy_encoding_is_refused_with_its_name_and_read_when_told(tmp_path, encoding):
    path = corpus_of(tmp_path / "text", TEXTS[encoding], encoding)
    with pytest.raises(ValueError, match=f"{re.escape(repr(str(path)))}, line 1, byte .*") as error:
        draft.encode(path)
    assert f"pass encoding={encoding!r} (--encoding {encoding})" in str(error.value)
    vocabulary, ids = draft.encode(path, encoding=encoding)
    assert set(vocabulary.words) == set(TEXTS[encoding].split())
    assert ids.n_read == 50 * len(TEXTS[encoding].split())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7"])
@pytest.mark.parametrize("block", [1, 3, 64, 1 << 18])
def test_any_codec_is_read_whatever_the_blocks(tmp_path, monkeypatch, encoding, block):
    monkeypatch.setattr(sources, "BLOCK_BYTES", block)
    path = corpus_of(tmp_path / "text", "naïve 词向量 🙂 plain", encoding, 3)
    vocabulary, ids = draft.encode(path, encoding=encoding)
    assert vocabulary.words == ["naïve", "词向量", "🙂", "plain"]
    assert ids.n_read == 12 and (ids.n_sentences == 3 or block < 64)  # longer lines are cut
    lines = sources.read_lines([str(path)], encoding)
    assert " ".join(lines).split() == ["naïve", "词向量", "🙂", "plain"] * 3


def test_one_bad_byte_among_few_tokens_names_line_and_byte(tmp_path):
    (tmp_path / "text").write_bytes(b"a b\nc caf\xe9 x\n")
    with pytest.raises(ValueError, match=r"line 2, byte 9 \(b'c caf\\xe9 x'\): 1 of 5 tokens"):
        draft.encode(tmp_path / "text")


@pytest.mark.parametrize("workers", [1, 3])
def test_few_broken_tokens_are_repaired_and_counted(tmp_path, monkeypatch, workers):
    monkeypatch.setattr(sources, "BLOCK_BYTES", 512)
    lines = [b"plain words stand here"] * 500 + [b"caf\xe9 caf\xe9 bl\xfcte"]
    (tmp_path / "text").write_bytes(b"\n".join(lines))
    with pytest.warns(UserWarning, match=r"3 of 2,003 tokens hold bytes that are not UTF-8"):
        vocabulary, ids = draft.encode(tmp_path / "text", workers=workers)
    counts = dict(zip(vocabulary.words, vocabulary.counts.tolist(), strict=True))
    assert counts["caf\ufffd"] == 2 and counts["bl\ufffdte"] == 1
    last = np.concatenate(ids.segments)[-4:-1]
    assert [vocabulary.words[i] for i in last] == ["caf\ufffd", "caf\ufffd", "bl\ufffdte"]
    with pytest.raises(ValueError, match="line 501, byte"):
        draft.encode(tmp_path / "text", errors="strict")
    kept, _ = draft.encode(tmp_path / "text", errors="surrogateescape")
    assert "caf\udce9" in kept.words
    dropped, _ = draft.encode(tmp_path / "text", errors="ignore")
    assert "caf" in dropped.words and "blte" in dropped.words


def test_words_that_become_alike_are_one(tmp_path):
    lines = [b"x " * 300, b"caf\xe9 caf\xe8 caf\xef\xbf\xbd"]
    (tmp_path / "text").write_bytes(b"\n".join(lines))
    vocabulary, _ = draft.encode(tmp_path / "text", errors="replace")
    assert vocabulary.words == ["x", "caf\ufffd"] and vocabulary.counts.tolist() == [300, 3]


def test_training_on_against_a_vocabulary_sees_it_too(tmp_path):
    model = w2v.train([["да", "нет", "кот"]] * 20, vector_size=4, workers=1)
    path = corpus_of(tmp_path / "text", "да нет кот", "koi8-r")
    with pytest.raises(ValueError, match="encoding='koi8-r'"):
        model.train(path)


def test_a_tokenizer_gets_the_decoded_lines(tmp_path):
    path = corpus_of(tmp_path / "text", "Сегодня хорошая погода", "cp1251", 5)
    vocabulary, _ = draft.encode(path, tokenizer=str.split, encoding="cp1251")
    assert set(vocabulary.words) == {"Сегодня", "хорошая", "погода"}
    with pytest.raises(ValueError, match="encoding='cp1251'"):
        draft.encode(path, tokenizer=str.split)


def test_an_encoding_nobody_knows_is_named(tmp_path):
    path = corpus_of(tmp_path / "text", "a b", "ascii")
    with pytest.raises(ValueError, match="encoding='latin-17': Python knows none"):
        draft.encode(path, encoding="latin-17")
    with pytest.raises(ValueError, match=r"no ascii \(ordinal not in range"):
        draft.encode(corpus_of(tmp_path / "text", "é", "utf-8"), encoding="ascii")


@pytest.mark.parametrize("end", ["\r", "\r\n", "\r\r\n", "\n"])
@pytest.mark.parametrize("block", [1, 2, 7, 1 << 18])
def test_every_kind_of_line_end_ends_a_sentence(tmp_path, monkeypatch, end, block):
    monkeypatch.setattr(sources, "BLOCK_BYTES", block)
    (tmp_path / "text").write_bytes(f"the cat sat{end}on the mat{end}here".encode())
    vocabulary, ids = draft.encode(tmp_path / "text")
    assert sorted(vocabulary.words) == ["cat", "here", "mat", "on", "sat", "the"]
    assert ids.n_sentences == 3 or block == 1  # longer lines are cut
    lines = sources.read_lines([str(tmp_path / "text")])
    assert " ".join(lines).split() == ["the", "cat", "sat", "on", "the", "mat", "here"]


def test_guesses_hold_for_short_samples():
    assert guess_encoding("café x".encode("latin-1")) == "cp1252"
    assert guess_encoding("слово".encode("koi8-r")) == "koi8-r"
    assert guess_encoding("我们 今天".encode("gb18030")) == "gb18030"


def vectors_of(path, words, encoding, binary):
    rows = [(word.encode(encoding), np.full(2, i, "<f4")) for i, word in enumerate(words)]
    lines = [b"%d 2" % len(words)]
    if binary:
        lines += [word + b" " + row.tobytes() for word, row in rows]
    else:
        lines += [b"%s %g %g" % (word, *row) for word, row in rows]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "gb18030", "cp1252"])
def test_vectors_in_a_legacy_encoding_are_refused_or_read_when_told(tmp_path, encoding, binary):
    words = list(dict.fromkeys(TEXTS[encoding].split()))
    path = vectors_of(tmp_path / "vectors", words, encoding, binary)
    with pytest.raises(ValueError, match=f"row .*, byte .* look like {encoding}: pass encoding="):
        w2v.load(path)
    wv = w2v.load(path, encoding=encoding)
    assert wv.index_to_key == words and wv[words[-1]][0] == len(words) - 1
    with pytest.warns(UserWarning, match="were repaired"):
        repaired = w2v.load(path, errors="replace")
    assert len(set(repaired.index_to_key)) == len(words)


def test_many_words_that_become_alike_take_no_time_and_little_room(tmp_path):
    numbers = [f"{i:06b}".replace("0", "а").replace("1", "б") for i in range(64)]
    words = [a + b + c for a in numbers for b in numbers for c in numbers[:8]]
    path = vectors_of(tmp_path / "vectors", words, "cp1251", False)
    with pytest.warns(UserWarning, match="32768 of 32768 words"):
        repaired = w2v.load(path, errors="replace").index_to_key
    assert len(set(repaired)) == len(words) and max(map(len, repaired)) < 30


def test_encodings_are_named_to_all_that_read_text(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    corpus_of(tmp_path / "text", "да нет кот " * 5, "koi8-r")
    told = dict(encoding="koi8-r")
    model = w2v.train("text", **told, vector_size=4, sample=0)
    assert sorted(model.wv.index_to_key) == ["да", "кот", "нет"]
    model.train("text", **told)
    model.build_vocab("text", **told)
    assert "да" in w2v.Phrases("text", **told).vocab
    assert "\ufffd\ufffd" in w2v.train("text", errors="replace", sample=0).wv.index_to_key
    lines = {
        w2v_main: "train text -o v.txt --sample 0 --encoding {} -q",
        word2vec_main: "-train text -output v.txt -sample 0 -debug 0 -encoding {}",
    }
    for main, line in lines.items():
        assert main(line.format("koi8-r").split()) == 0
        assert "кот" in w2v.load("v.txt").index_to_key
        assert main(line.format("utf-8").split()) == 2
        assert "looks like koi8-r" in capsys.readouterr().err
    assert w2v_main(["phrases", "text", "-o", "joined", "--encoding", "koi8-r", "-q"]) == 0
    assert "кот" in (tmp_path / "joined").read_text(encoding="utf-8")
