import copy

import pytest
import torch

from maa.dextr import engine
from maa.dextr.engine import compiled, on_device
from maa.dextr.network import Network


@pytest.mark.parametrize("busy", [True, False])
def test_ncnn_answers_as_the_network_does(monkeypatch, busy):
    monkeypatch.setattr(engine, "_others_run", lambda: busy)
    torch.manual_seed(0)
    network = Network().eval()
    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):  # norms that do something
                layer.running_mean.uniform_(-0.2, 0.2)
                layer.running_var.uniform_(0.5, 2)
        network.encoder.stem[0].weight[:, 3:].normal_(0, 0.05)
    before = copy.deepcopy(network.state_dict())
    quick = compiled(network, 64)
    with torch.inference_mode():
        for count in (1, 2):  # a mirrored look has two rows
            inputs = torch.randn(count, 7, 64, 64)
            for ours, theirs in zip(quick(inputs), network(inputs), strict=True):
                assert torch.allclose(ours, theirs, atol=1e-4)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_a_network_on_a_device_is_a_copy_that_answers_alike():
    torch.manual_seed(0)
    network = Network().eval()
    elsewhere = on_device(network, "cpu")
    inputs = torch.randn(1, 7, 64, 64)
    with torch.inference_mode():
        before = elsewhere(inputs)
        for ours, theirs in zip(before, network(inputs), strict=True):
            assert torch.allclose(ours, theirs, atol=1e-5)
        network.mask.bias += 1
        assert torch.equal(elsewhere(inputs)[0], before[0])


def test_others_run_only_if_they_still_do_a_moment_later(monkeypatch, tmp_path):
    seen = iter([])

    class Running:
        def read_text(self):
            return next(seen)

    monkeypatch.setattr(engine, "RUNNING", Running())
    seen = iter(["0.10 0.20 0.30 3/120 77\n", "0.10 0.20 0.30 1/120 77\n"])
    assert not engine._others_run()
    seen = iter(["0.10 0.20 0.30 2/120 77\n"] * engine.LOOKS)
    assert engine._others_run()
    seen = iter(["nothing of the kind"])
    assert engine._others_run()
    monkeypatch.setattr(engine, "RUNNING", tmp_path / "missing")
    assert engine._others_run()
