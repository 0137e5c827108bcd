"""PyTorch on the CPU, as `fused` layers or as a cell in a `loop`."""

import json
import math
import os
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

from serve import Unavailable, serve

FORM = sys.argv[1]
VOCABULARY, EMBEDDING = 64, 32
GATES = {"lstm": 4, "rnn": 1, "gru": 3}


def read_data(folder):
    with open(os.path.join(folder, "data.json")) as file:
        entries = json.load(file)
    with open(os.path.join(folder, "data.bin"), "rb") as file:
        raw = bytearray(file.read())
    dtypes = {"f32": torch.float32, "i32": torch.int32}
    return {
        name: torch.frombuffer(
            raw, dtype=dtypes[e["dtype"]], count=math.prod(e["shape"]), offset=e["offset"]
        ).reshape(e["shape"])
        for name, e in entries.items()
    }


class LoopedLayer(nn.Module):
    """One layer with the parameters of nn.LSTM, nn.RNN or nn.GRU, a step at a time."""

    def __init__(self, cell, hidden):
        super().__init__()
        self.cell, self.hidden = cell, hidden
        rows = GATES[cell] * hidden
        self.weight_ih_l0 = nn.Parameter(torch.empty(rows, EMBEDDING))
        self.weight_hh_l0 = nn.Parameter(torch.empty(rows, hidden))
        self.bias_ih_l0 = nn.Parameter(torch.empty(rows))
        self.bias_hh_l0 = nn.Parameter(torch.empty(rows))

    def forward(self, x):
        step = getattr(self, self.cell)
        state = (x.new_zeros(x.shape[1], self.hidden),) * (2 if self.cell == "lstm" else 1)
        outputs = []
        for projected in F.linear(x, self.weight_ih_l0, self.bias_ih_l0).unbind(0):
            recurrent = F.linear(state[0], self.weight_hh_l0, self.bias_hh_l0)
            state = step(projected, recurrent, *state)
            outputs.append(state[0])
        return torch.stack(outputs), state

    def lstm(self, x, r, h, c):
        i, f, g, o = (x + r).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c

    def rnn(self, x, r, h):
        return ((x + r).tanh(),)

    def gru(self, x, recurrent, h):
        xr, xz, xn = x.chunk(3, 1)
        hr, hz, hn = recurrent.chunk(3, 1)
        n = (xn + (xr + hr).sigmoid() * hn).tanh()
        return (n + (xz + hz).sigmoid() * (h - n),)


class Model(nn.Module):
    def __init__(self, network, data, form):
        super().__init__()
        cell, hidden = network["cell"], network["hidden"]
        fused = {"lstm": nn.LSTM, "rnn": nn.RNN, "gru": nn.GRU}[cell]
        self.embedding = nn.Embedding(VOCABULARY, EMBEDDING)
        self.rnn = fused(EMBEDDING, hidden) if form == "fused" else LoopedLayer(cell, hidden)
        self.head = nn.Linear(hidden, VOCABULARY)
        self.load_state_dict({name: data[name] for name in self.state_dict()})
        # Of two biases that are added up, one is trained: all of bias_hh but the candidate's part in a GRU stays.
        second = self.rnn.bias_hh_l0
        if cell == "gru":
            mask = torch.zeros_like(second)
            mask[2 * hidden :] = 1
            second.register_hook(lambda g: g * mask)
        else:
            second.requires_grad_(False)

    def loss(self, ids, labels):
        outputs, _ = self.rnn(self.embedding(ids))
        return F.cross_entropy(self.head(outputs).flatten(0, 1), labels.flatten())


def training(model, batches):
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=2e-3, betas=(0.9, 0.999), eps=1e-8)

    def step(index):
        ids, labels = batches(index)
        optimizer.zero_grad()
        loss = model.loss(ids, labels)
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        return loss.item()

    return step


def hessian_vector(model, data, batches):
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    trained = [p for _, p in named]
    vectors = [data["vector." + name] for name, _ in named]

    def step(index):
        ids, labels = batches(index)
        gradients = torch.autograd.grad(model.loss(ids, labels), trained, create_graph=True)
        products = torch.autograd.grad(gradients, trained, vectors)
        return math.sqrt(sum(float(p.square().sum()) for p in products))

    return step


def prepare(request):
    task = request["task"]
    if task["kind"] not in ("train", "hessian-vector"):
        raise Unavailable("not asked of PyTorch")
    torch.set_num_threads(request["threads"])
    begin = time.perf_counter()
    data = read_data(request["data"])
    ids, labels = data["ids"].long(), data["labels"].long()
    batches = lambda index: (ids[index % len(ids)], labels[index % len(ids)])
    model = Model(task["network"], data, FORM)
    step = training(model, batches) if task["kind"] == "train" else hessian_vector(model, data, batches)
    about = {"version": "torch " + torch.__version__}
    return step, {"phases": {"build": (time.perf_counter() - begin) * 1e3}, "about": about}


serve(prepare)
