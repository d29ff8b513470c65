"""Makes more.json: what SpikingJelly 2.0.0's IzhikevichNode and CUBALIFNode (Apache-2.0) give under torch on a CPU.

python3 more.py > more.json

Per case the bits of inputs x, initial potentials v0 and hidden values u0 (recovery or current), derivatives gs and gv by
spikes and potentials, spikes s, potentials v_seq after the reset, hidden values u after the last step, and from autograd the
derivatives gx by x, gv0 by v0 and gu0 by u0.
"""

import itertools
import json

import torch
from spikingjelly.activation_based import neuron, surrogate

T, N = 8, 4
IZHIKEVICH = dict(tau=2.5, v_c=0.7, a0=1.2, v_rest=-0.1, tau_w=3.0, a=0.3, b=0.4)
CUBA = dict(c_decay=0.6, v_decay=0.7)


def bits(numbers):
    return "".join(f"{n & 0xFFFFFFFF:08x}" for n in numbers.detach().contiguous().view(torch.int32).flatten().tolist())


def case(kind, v_reset, detach, seed):
    torch.manual_seed(seed)
    x, v0, u0 = torch.rand(T, N) * 2.5 - 0.5, torch.rand(N) - 0.5, torch.rand(N) * 0.4 - 0.2
    gs, gv = torch.randn(T, N), torch.randn(T, N)
    if kind == "izhikevich":
        params, hidden = IZHIKEVICH, "w"
        node = neuron.IzhikevichNode(**params, v_reset=v_reset, surrogate_function=surrogate.ATan(2.0), detach_reset=detach)
    else:
        params, hidden = CUBA, "c"
        node = neuron.CUBALIFNode(**params, v_threshold=1.0, v_reset=v_reset, surrogate_function=surrogate.ATan(2.0))
        node.detach_reset = detach
    for tensor in (x, v0, u0):
        tensor.requires_grad_()
    node.v = v0
    setattr(node, hidden, u0)
    spikes, potentials = [], []
    for now in x:
        spikes.append(node(now))
        potentials.append(node.v)
    s, v_seq = torch.stack(spikes), torch.stack(potentials)
    ((s * gs).sum() + (v_seq * gv).sum()).backward()
    given = dict(neuron=kind, T=T, N=N, params=params, v_reset=v_reset, detach=detach)
    found = dict(x=x, v0=v0, u0=u0, gs=gs, gv=gv, s=s, v_seq=v_seq, u=getattr(node, hidden), gx=x.grad, gv0=v0.grad, gu0=u0.grad)
    return given | {name: bits(numbers) for name, numbers in found.items()}


choices = itertools.product(("izhikevich", "cuba"), (0.0, -0.25, None), (False, True))
lines = [json.dumps(case(*choice, seed)) for seed, choice in enumerate(choices)]
print("[\n" + ",\n".join(lines) + "\n]")
