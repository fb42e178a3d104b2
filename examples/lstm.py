"""Start a neural network from word vectors: an LSTM that classifies texts, in PyTorch on a CPU.

Its embedding layer begins with vectors trained on all docstrings, or at random. Only some texts
have labels, so that words of other texts are new to the network that begins at random.
"""

import random

import numpy as np
import torch
from python_docs import documents

import w2v

N_LABELLED, LENGTH, DIMENSIONS, EPOCHS = 400, 25, 50, 10

everything, _ = documents()
texts, labels = documents(n_labels=10)
names = sorted(set(labels))

wv = w2v.train(
    everything, sg=1, vector_size=DIMENSIONS, window=10, min_count=2, epochs=20, workers=1
).wv  # fmt: skip

# Row 0 is for unknown words and for the end of short texts; word i of wv has row i + 1.
rows = np.zeros((len(texts), LENGTH), np.int64)
for i, words in enumerate(texts):
    known = [wv.get_index(word) + 1 for word in words if word in wv][:LENGTH]
    rows[i, : len(known)] = known
order = random.Random(1).sample(range(len(texts)), len(texts))
inputs = torch.from_numpy(rows[order])
targets = torch.tensor([names.index(labels[i]) for i in order])
train, test = slice(0, N_LABELLED), slice(N_LABELLED, N_LABELLED + 1000)


class Classifier(torch.nn.Module):
    def __init__(self, embedding: torch.nn.Embedding) -> None:
        super().__init__()
        self.embedding = embedding
        self.lstm = torch.nn.LSTM(DIMENSIONS, 64, batch_first=True)
        self.out = torch.nn.Linear(64, len(names))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        states, _ = self.lstm(self.embedding(rows))
        return self.out(states.amax(dim=1))


def ours() -> torch.nn.Embedding:
    table = torch.zeros(len(wv) + 1, DIMENSIONS)
    table[1:] = wv.to_torch()
    table /= table[1:].std()  # about as long as those that begin at random
    return torch.nn.Embedding.from_pretrained(table, freeze=False, padding_idx=0)


def at_random() -> torch.nn.Embedding:
    return torch.nn.Embedding(len(wv) + 1, DIMENSIONS, padding_idx=0)


def accuracies(name: str, embedding: torch.nn.Embedding) -> list[float]:
    """Train a classifier; returns its accuracy on texts without labels after each epoch."""
    model = Classifier(embedding)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    found = []
    for _ in range(EPOCHS):
        for batch in torch.randperm(N_LABELLED).split(32):
            loss = torch.nn.functional.cross_entropy(
                model(inputs[train][batch]), targets[train][batch]
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            right = model(inputs[test]).argmax(dim=1) == targets[test]
        found.append(right.float().mean().item())
    print(f"{name:14}", " ".join(f"{each:4.0%}" for each in found))
    return found


torch.manual_seed(1)
torch.set_num_threads(1)  # more are slower for so small a network
print(f"{N_LABELLED} labelled texts, 1,000 others, {len(names)} packages")
print("accuracy on the others, epoch by epoch, of a network whose embedding begins")
began_with_ours = accuracies("with vectors", ours())
began_at_random = accuracies("at random", at_random())
assert began_with_ours[-1] > began_at_random[-1] + 0.05
