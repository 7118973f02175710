import copy

import torch

from maa.dextr.graph import frozen
from maa.dextr.network import Network


def test_the_frozen_graph_answers_as_the_network_does():
    torch.manual_seed(0)
    network = Network().eval()
    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):  # norms that do something
                layer.running_mean.uniform_(-0.2, 0.2)
                layer.running_var.uniform_(0.5, 2)
        network.encoder.prompt_stem.weight.normal_(0, 0.05)
    network = network.to(memory_format=torch.channels_last)
    before = copy.deepcopy(network.state_dict())
    example = torch.zeros(1, 7, 64, 64).contiguous(memory_format=torch.channels_last)
    graph = frozen(network, example)
    with torch.inference_mode():
        for count in (1, 1, 1, 2, 1):  # a mirrored look has two rows
            inputs = torch.randn(count, 7, 64, 64).contiguous(memory_format=torch.channels_last)
            for ours, theirs in zip(network(inputs), graph(inputs), strict=True):
                assert torch.allclose(ours, theirs, atol=1e-4)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
