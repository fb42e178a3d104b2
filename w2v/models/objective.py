"""The loss of negative sampling, for words or vectors: the formula that training descends."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def negative_sampling_loss(model: Any, centre: Any, context: Any, noise: Any) -> float:
    """Return the loss of negative sampling of a pair, or the mean of several.

    -log s(u_context . v_centre) - sum over the noise words k of log s(-u_k . v_centre), with the
    logistic function s and natural logarithms: Mikolov et al. 2013, arXiv:1310.4546, equation 4,
    whose w_I is the centre and w_O the context. In float64.

    Parameters
    ----------
    model : a model, whose input vectors are those v and whose output vectors those u of words; or
        KeyedVectors, which are both; or None, where only vectors are given.
    centre : a word or a vector, float (D,); or n of them.
    context : likewise.
    noise : a list of K words, or float (K, D); or n of these. May be empty.

    Raises KeyError naming an unknown word; ValueError where there are no output vectors, or shapes
    do not fit.

    >>> import numpy as np
    >>> from w2v import negative_sampling_loss
    >>> loss = negative_sampling_loss(None, np.zeros(4), np.zeros(4), np.zeros((5, 4)))
    >>> round(loss, 4)
    4.1589
    """
    inputs = np.atleast_2d(vectors_of(model, centre, "input"))
    outputs = np.atleast_2d(vectors_of(model, context, "output"))
    others = vectors_of(model, noise, "output")
    n, D = inputs.shape
    if not others.size:
        others = np.zeros((n, 0, D))
    elif others.ndim == 2:
        others = others[None]
    if outputs.shape != (n, D) or others.shape[0] != n or others.shape[2:] != (D,):
        raise ValueError(
            f"centre, context and noise of shapes {inputs.shape}, {outputs.shape} and "
            f"{others.shape}; (n, D), (n, D) and (n, K, D) are expected"
        )
    scores = np.einsum("nd,nd->n", inputs, outputs)
    noise_scores = np.einsum("nd,nkd->nk", inputs, others)
    losses = np.logaddexp(0, -scores) + np.logaddexp(0, noise_scores).sum(axis=1)
    return float(losses.mean())


def vectors_of(model: Any, given: Any, kind: str) -> NDArray[np.float64]:
    """Return input or output vectors of words, however nested, or the vectors given, float64."""
    if isinstance(given, np.ndarray) and given.dtype.kind == "f":
        return given.astype(np.float64)
    if isinstance(given, (list, tuple)) and (not given or not is_word(given[0])):
        return np.array([vectors_of(model, each, kind) for each in given], np.float64)
    if model is None:
        raise ValueError(
            f"model=None: {given!r} is no vector; pass the model whose words are meant"
        )
    wv = getattr(model, "wv", model)
    rows = wv.rows_of([given] if is_word(given) else given)
    if kind == "input" or wv is model:
        table = wv.frozen_vectors()
    elif model.output_vectors is None:
        raise ValueError("negative=0: words have no output vectors; train with negative=5")
    else:
        table = model.output_vectors
    found = table[rows].astype(np.float64)
    return found[0] if is_word(given) else found


def is_word(given: Any) -> bool:
    return isinstance(given, (str, int, np.integer))
