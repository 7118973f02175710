import pytest
import torch

from maa.dextr.efficient import WIDTHS, EfficientEncoder
from maa.dextr.network import INPUT_SCALE, MEAN_RGB, Network, network_input


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
    assert sum(parameter.numel() for parameter in network.parameters()) < 7_000_000


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


def test_a_backbone_s_features_are_the_same_however_the_input_is_normalised():
    """Loading rewrites the stem for our input: deeper features must not notice."""
    torch.manual_seed(0)
    random = EfficientEncoder(prompts=0).eval()
    for layer in random.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.running_mean.uniform_(-0.2, 0.2)
            layer.running_var.uniform_(0.5, 2)
    # The published names differ, their order does not; the classifier behind is not wanted.
    published = {f"_blocks.{number}": value for number, value in enumerate(random.state_dict().values())}
    published["_fc.weight"] = torch.zeros(1000, 1280)
    encoder = EfficientEncoder(prompts=4).eval()
    encoder.load_imagenet(published, MEAN_RGB, INPUT_SCALE)
    crops = torch.full((1, 64, 64, 3), 200, dtype=torch.uint8)
    with torch.inference_mode():
        ours = encoder(network_input(crops, torch.rand(1, 4, 64, 64)))
        theirs = random((crops.permute(0, 3, 1, 2).float() - 127) / 128)
    # Past the edge lies our mean colour, not theirs: compared where that does not reach.
    assert torch.allclose(ours[0][..., 4:-4, 4:-4], theirs[0][..., 4:-4, 4:-4], atol=1e-3)
    assert [features.shape[1] for features in ours] == list(WIDTHS)
