import numpy as np
import pytest
import torch

from maa.dextr.network import Network, network_input


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return Network().eval()


@pytest.mark.parametrize("size", [64, 96])
def test_one_network_answers_at_several_sizes(network, size):
    with torch.inference_mode():
        logits, quality = network(torch.randn(2, 7, size, size))
    assert logits.shape == (2, 1, size, size)
    assert quality.shape == (2,)


def test_it_expects_more_of_an_answer_without_doubts(network):
    truth = torch.zeros(1, 1, 16, 16)
    truth[..., 4:12, 4:12] = 1
    sure, unsure, empty = (network._quality(logits).item() for logits in
                           (16 * truth - 8, 2 * truth - 1, -9 * torch.ones_like(truth)))  # fmt: skip
    assert sure > unsure > empty


def test_it_stays_small(network):
    assert sum(parameter.numel() for parameter in network.parameters()) < 3_500_000


def test_the_prompt_reaches_the_mask_even_before_training(network):
    inputs = torch.zeros(1, 7, 64, 64)
    with torch.inference_mode():
        without, _ = network(inputs)
        inputs[0, 3, 20, 20] = 1
        with_point, _ = network(inputs)
    assert not torch.equal(without, with_point)


def test_the_input_is_centred_colour_then_the_maps():
    crops = torch.full((1, 16, 16, 3), 255, dtype=torch.uint8)
    maps = torch.rand(1, 4, 16, 16)
    inputs = network_input(crops, maps)
    assert inputs.shape == (1, 7, 16, 16)
    assert inputs[0, :3, 0, 0].tolist() == pytest.approx([132 / 64, 138 / 64, 151 / 64])
    assert torch.equal(inputs[:, 3:], maps)


def test_a_backbone_s_features_are_the_same_but_for_the_scale():
    """Loading divides biases by the input's scale: the features must scale with it, layer for layer."""
    random = np.random.default_rng(0)
    arrays = {"conv1.weight": random.normal(size=(64, 3, 3, 3)), "conv1.bias": random.normal(size=64)}
    squeezes = [(64, 16, 64), (128, 16, 64), (128, 32, 128), (256, 32, 128), (256, 48, 192), (384, 48, 192),
                (384, 64, 256), (512, 64, 256)]  # fmt: skip
    for number, (inputs, squeeze, expand) in enumerate(squeezes, start=2):
        for name, shape in (
            ("squeeze1x1", (squeeze, inputs, 1, 1)),
            ("expand1x1", (expand, squeeze, 1, 1)),
            ("expand3x3", (expand, squeeze, 3, 3)),
        ):
            arrays[f"fire{number}/{name}.weight"] = random.normal(size=shape) / np.sqrt(np.prod(shape[1:]))
            arrays[f"fire{number}/{name}.bias"] = random.normal(size=shape[0])
    arrays = {name: value.astype(np.float32) for name, value in arrays.items()}
    encoder = Network().encoder
    encoder.load_squeezenet(arrays)
    pixels = torch.from_numpy(random.normal(0, 50, (1, 3, 32, 32)).astype(np.float32))
    pixels = torch.cat([pixels, torch.zeros(1, 4, 32, 32)], 1)
    with torch.inference_mode():
        ours = encoder(pixels / 64)
        # The same arrays at full scale: biases and input both 64 times larger.
        encoder.stem.bias *= 64
        for fire in (*encoder.stage4, *encoder.stage8, *encoder.stage16):
            for layer in (fire.squeeze, fire.expand1, fire.expand3):
                layer.bias *= 64
        theirs = encoder(pixels)
    for small, large in zip(ours, theirs, strict=True):
        assert torch.allclose(small * 64, large, rtol=1e-3, atol=1e-2)
