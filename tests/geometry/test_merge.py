import pytest
import shapely
from shapely import MultiPolygon

from maa.geometry import count_vertices, merged_near

SIZE = (300, 200)
BODY = MultiPolygon([shapely.box(50, 50, 150, 150)])


def outline(*shapes):
    joined = shapely.unary_union(shapes)
    return joined if isinstance(joined, MultiPolygon) else MultiPolygon([joined])


def test_what_is_missing_at_the_click_comes_and_the_rest_stays():
    left, right = shapely.box(20, 80, 50, 120), shapely.box(150, 80, 190, 120)
    merged = merged_near(BODY, outline(BODY, left, right), [(190, 100)], SIZE)
    assert merged.symmetric_difference(outline(BODY, right)).area < 1


def test_what_is_too_much_at_the_click_goes_and_the_rest_stays():
    corner, other = shapely.box(50, 50, 80, 80), shapely.box(130, 130, 150, 150)
    after = outline(BODY.difference(corner).difference(other))
    merged = merged_near(BODY, after, [(80, 65)], SIZE)
    assert merged.symmetric_difference(BODY.difference(corner)).area < 1


def test_a_border_drawn_again_a_little_off_changes_nothing():
    again = outline(shapely.box(49.4, 50.5, 150.6, 149.5))
    assert merged_near(BODY, again, [(150, 100)], SIZE) is BODY


def test_slivers_along_the_border_do_not_carry_a_change_around_it():
    grown = outline(BODY.buffer(0.5), shapely.box(150, 80, 190, 120))
    merged = merged_near(BODY, grown, [(190, 100)], SIZE)
    assert merged.symmetric_difference(outline(BODY, shapely.box(150, 80, 190, 120))).area < 3
    assert count_vertices(merged) <= 14


@pytest.mark.parametrize("click", [(10.0, 10.0), (290.0, 190.0)])
def test_a_click_where_nothing_differs_changes_nothing(click):
    assert merged_near(BODY, outline(BODY, shapely.box(150, 80, 190, 120)), [click], SIZE) is BODY


def test_the_result_is_valid_and_inside_the_image():
    after = outline(shapely.Point(150, 100).buffer(90))
    merged = merged_near(BODY, after, [(240, 100)], (220, 200))
    assert merged.is_valid
    assert merged.bounds[2] <= 220


def test_an_answer_that_lost_the_object_takes_nothing_away():
    assert merged_near(BODY, outline(shapely.box(50, 50, 150, 60)), [(100, 150)], SIZE) is BODY
