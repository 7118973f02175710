import cv2
import numpy as np
import pytest

from maa.domain import InvalidInput, NotFound
from maa.learning.datasets import describe, objects_of, photo_held_back, read_image, read_mask, set_folders
from maa.learning.feeding import sampling_weights


def test_a_set_and_a_folder_of_sets_are_both_found(tiny_set):
    assert set_folders(tiny_set) == [tiny_set]
    assert set_folders(tiny_set.parent) == [tiny_set]
    with pytest.raises(NotFound, match="images/ and masks/"):
        set_folders(tiny_set / "images")


def test_objects_carry_their_place_and_ignore_is_no_object(tiny_set):
    refs = objects_of(tiny_set)
    assert len(refs) == 6
    assert {ref.id for ref in refs} == {1, 2}
    for ref in refs:
        truth = read_mask(ref.mask) == ref.id
        assert truth.sum() == ref.area
        assert truth[slice(*ref.rows), slice(*ref.columns)].sum() == ref.area
        assert read_image(ref.image).shape == (90, 120, 3)


def test_small_objects_can_be_left_out(tiny_set):
    areas = [ref.area for ref in objects_of(tiny_set)]
    least = sorted(areas)[2]
    kept = [ref.area for ref in objects_of(tiny_set, minimum_area=least)]
    assert kept == [area for area in areas if area >= least]
    assert len(kept) < len(areas)


def test_a_second_layer_is_a_source_of_its_own(tiny_set):
    (tiny_set / "masks_whole").mkdir()
    mask = np.zeros((90, 120), dtype=np.uint8)
    mask[10:80, 10:110] = 1
    cv2.imwrite(str(tiny_set / "masks_whole" / "000000.png"), mask)
    assert [ref.source for ref in objects_of(tiny_set)].count("ellipses/whole") == 1


def test_the_hold_out_keeps_all_objects_of_a_photo_together(tiny_set):
    refs = objects_of(tiny_set)
    for image in {ref.image for ref in refs}:
        assert len({photo_held_back(ref, 0.5) for ref in refs if ref.image == image}) == 1
    assert not any(photo_held_back(ref, 0.0) for ref in refs)


def test_weights_follow_the_shares_of_the_sources(tiny_set):
    refs = objects_of(tiny_set)
    weights = sampling_weights(refs, {"ellipses": 0.7})
    assert weights.sum() == pytest.approx(1)
    with pytest.raises(InvalidInput, match="nothing to train on"):
        sampling_weights([])


def test_files_that_are_no_masks_or_photos_are_named(tiny_set, tmp_path):
    colour = tmp_path / "colour.png"
    cv2.imwrite(str(colour), np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(InvalidInput, match=r"colour\.png"):
        read_mask(colour)
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"not a photo")
    with pytest.raises(InvalidInput, match=r"broken\.jpg"):
        read_image(broken)


def test_a_mask_without_photo_is_named(tiny_set):
    (tiny_set / "images" / "000001.png").unlink()
    with pytest.raises(NotFound, match=r"000001\.png has no photo"):
        objects_of(tiny_set)


def test_a_mask_of_another_size_than_its_photo_is_named(tiny_set):
    cv2.imwrite(str(tiny_set / "images" / "000001.png"), np.zeros((5, 7, 3), np.uint8))
    with pytest.raises(InvalidInput, match=r"000001\.png is .* but its photo .* is 7 x 5"):
        objects_of(tiny_set)


@pytest.mark.parametrize("content", ["{", '{"a": 3}', '{"m": {"x": [[1, 2]]}}'])
def test_broken_clicks_are_named(tiny_set, content):
    (tiny_set / "clicks.json").write_text(content)
    with pytest.raises(InvalidInput, match=r"clicks\.json"):
        objects_of(tiny_set)


def test_a_broken_origin_is_named(tiny_set):
    (tiny_set / "meta.json").write_text("{")
    with pytest.raises(InvalidInput, match=r"meta\.json"):
        describe(tiny_set)


def test_the_origin_is_read_for_the_card(tiny_set):
    assert describe(tiny_set) == {"name": "ellipses", "licence": "CC0", "note": "drawn"}
