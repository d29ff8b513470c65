"""Makes klif.json: what SpikingJelly 2.0.0's KLIFNode (Apache-2.0) gives under torch on a CPU.

python3 klif.py > klif.json

Per case the bits of inputs x, initial potentials v0, derivatives gs and gv by spikes and potentials, spikes s, potentials
v_seq after the reset, and from autograd the derivatives gx by x, gv0 by v0 and gk by k.
"""

import itertools
import json

import torch
from spikingjelly.activation_based import neuron, surrogate

T, N, K = 8, 4, 1.3


def bits(numbers):
    return "".join(f"{n & 0xFFFFFFFF:08x}" for n in numbers.detach().contiguous().view(torch.int32).flatten().tolist())


def case(v_reset, decay, detach, scaled, seed):
    torch.manual_seed(seed)
    x, v0 = torch.rand(T, N) * 2.5 - 0.5, torch.rand(N) - 0.5
    gs, gv = torch.randn(T, N), torch.randn(T, N)
    node = neuron.KLIFNode(
        scale_reset=scaled, tau=2.5, decay_input=decay, v_reset=v_reset, surrogate_function=surrogate.ATan(2.0),
        detach_reset=detach, step_mode="m", store_v_seq=True,
    )
    node.k.data.fill_(K)
    x.requires_grad_()
    v0.requires_grad_()
    node.v = v0
    s = node(x)
    ((s * gs).sum() + (node.v_seq * gv).sum()).backward()
    given = dict(T=T, N=N, tau=2.5, k=K, v_reset=v_reset, decay=decay, detach=detach, scaled=scaled)
    found = dict(x=x, v0=v0, gs=gs, gv=gv, s=s, v_seq=node.v_seq, gx=x.grad, gv0=v0.grad, gk=node.k.grad)
    return given | {name: bits(numbers) for name, numbers in found.items()}


flags = (False, True)
choices = itertools.product((0.0, -0.25, None), flags, flags, flags)
lines = [json.dumps(case(*choice, seed)) for seed, choice in enumerate(choices)]
print("[\n" + ",\n".join(lines) + "\n]")
