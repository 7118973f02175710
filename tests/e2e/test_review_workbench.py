"""What a reviewer does with submitted work, and what its annotator sees of it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from maa.domain import Origin, TaskState
from maa.workflow import demo, labeling, people, projects, queue
from maa.workflow.workspace import Workspace
from tests.e2e import references
from tests.e2e.conftest import RunningApp
from tests.e2e.reviewing import Review, is_at, work_here
from tests.e2e.screens import PATIENCE
from tests.e2e.workbench import Workbench

CAT, CUP = references.photo("cat").name, references.photo("cup").name
CORNER = [(12.0, 12.0), (80.0, 14.0), (76.0, 60.0), (15.0, 58.0)]
PLACE = (210.0, 150.0)


def labeled(page: Page, url: str, project: str, *, then: str) -> Workbench:
    """Ana's cat: one object with the model, one by hand, submitted; `then` is her next image."""
    desk = Workbench(page, url, "Ana", project)
    desk.click(references.extreme_clicks("cat"))
    desk.has_polygon()
    desk.press("Enter")
    desk.press("a")
    desk.click(CORNER)
    desk.press("Enter")
    desk.has_objects(2)
    desk.press("Shift+Enter")
    desk.sees(then, "image")
    desk.ready()
    return desk


def test_an_image_is_approved_by_key_and_the_next_one_comes_at_once(
    app: RunningApp, project: str, page: Page
) -> None:
    desk = labeled(page, app.url, project, then=CUP)
    desk.hand_in()
    expect(page.locator(".st-key-empty_annotate")).to_be_visible()
    review = Review(page, app.url, "Rita", project)
    review.shows(CAT)
    review.sees("by Ana · 1 more image waiting")
    review.press("Shift+Enter")
    review.press("Shift+Enter")  # pressed twice: the second is not meant for the next image
    review.shows(CUP)
    review.sees(f"Approved {CAT}.", "outcome")
    page.wait_for_timeout(1000)
    review.shows(CUP)
    review.press("Control+Backspace")
    review.shows(CAT)
    review.press("Shift+Enter")
    review.shows(CUP)
    page.wait_for_timeout(1000)
    review.press("Shift+Enter")
    review.has_nothing(f"Approved {CUP}.")


def test_what_is_rejected_and_pinned_reaches_its_annotator_at_the_place(
    app: RunningApp, project: str, page: Page
) -> None:
    labeled(page, app.url, project, then=CUP)
    review = Review(page, app.url, "Rita", project)
    review.shows(CAT)
    review.press("Shift+Backspace")
    review.says("Say why it goes back")
    review.press("Escape")
    review.press("n")
    review.looks_at("1 cat")
    # A comment is written, whatever has been said of the object: its letters are no keys.
    review.press("c")
    page.keyboard.type("a pram")
    expect(review.named("thread-text")).to_have_value("a pram")
    review.named("thread-text").fill("")
    review.press("Escape")
    review.press("a")
    review.looks_at("2 cat")
    review.press("r")
    review.says("What is wrong? 1 wrong class")
    review.press("2")
    review.press("c")
    page.keyboard.type("follow the <b>ear</b>")
    page.keyboard.press("Enter")
    expect(review.row(1)).to_contain_text("good")
    expect(review.row(2)).to_contain_text("loose outline")
    review.press("Escape")
    review.pin(PLACE, "whiskers belong to it")
    is_at(review, 1, PLACE)
    review.press("Shift+Enter")
    review.says("Object 2 is marked to be sent back")
    review.press("Shift+Backspace")
    review.has_nothing(f"{CAT} went back to Ana.")
    page.get_by_role("button", name="Take back the verdict").click()
    review.shows(CAT)
    review.says("You have taken back your verdict")
    expect(review.row(1)).to_contain_text("good")
    expect(review.row(2)).to_contain_text("loose outline")
    is_at(review, 1, PLACE)
    page.wait_for_timeout(1000)
    review.press("Shift+Backspace")
    review.has_nothing(f"{CAT} went back to Ana.")

    # The annotator finishes what she holds, then gets it with what was said, where it was said.
    desk = Workbench(page, app.url, "Ana", project)
    work_here(desk)
    desk.hand_in()
    desk.sees(CAT, "image")
    desk.has_objects(2)
    desk.sees("sent back: loose outline: follow the <b>ear</b>", "objects")
    desk.sees("whiskers belong to it", "pins")
    is_at(desk, 1, PLACE)
    desk.root.locator(".pin .drop").hover()
    expect(desk.root.locator(".pin .bubble")).to_be_visible()
    expect(desk.root.locator(".pin .bubble")).to_have_text("whiskers belong to it")
    before = desk.view()
    desk.named("pins").locator(".go").click()
    assert desk.view()[0] > before[0]
    is_at(desk, 1, PLACE)
    desk.named("objects").locator(".object", has_text="loose outline").locator(".open").click()
    desk.press("f")
    desk.click([(40.0, 70.0)])
    desk.has_polygon()
    desk.press("Enter")
    desk.sees("changed since: loose outline", "objects")
    desk.has_objects(2)
    desk.hand_in()
    expect(page.locator(".st-key-empty_annotate")).to_be_visible()

    review = Review(page, app.url, "Rita", project)
    review.shows(CAT)
    review.sees("Sent back by Rita", "earlier")
    review.sees("object 2: loose outline: follow the <b>ear</b>", "earlier")
    review.sees("whiskers belong to it", "earlier")
    expect(review.row(2)).to_contain_text("changed")
    expect(review.row(1)).not_to_contain_text("changed")
    is_at(review, 1, PLACE)
    review.press("Shift+Enter")
    review.shows(CUP)
    review.sees(f"Approved {CAT}.", "outcome")


def test_keys_count_in_their_order_where_the_browser_is_slow_to_draw(
    app: RunningApp, project: str, page: Page
) -> None:
    labeled(page, app.url, project, then=CUP)
    # A frame takes half a second: all of what is pressed below comes before the next one.
    page.add_init_script(
        "const draw = window.requestAnimationFrame.bind(window);"
        "window.requestAnimationFrame = (step) => setTimeout(() => draw(step), 500);"
        "window.cancelAnimationFrame = clearTimeout;"
    )
    review = Review(page, app.url, "Rita", project)
    review.shows(CAT)
    page.keyboard.type("nn")
    review.looks_at("2 cat")
    page.keyboard.type("2cfollow the ear")
    page.keyboard.press("Enter")
    page.keyboard.type("pa")
    expect(review.row(1)).to_contain_text("good")
    expect(review.row(2)).to_contain_text("loose outline")
    expect(review.row(2)).to_contain_text("follow the ear")


def test_a_reload_keeps_marks_pins_and_reasons(app: RunningApp, project: str, page: Page) -> None:
    labeled(page, app.url, project, then=CUP)
    review = Review(page, app.url, "Rita", project)
    review.pin(PLACE, "first words")
    review.pin((300.0, 200.0), "to be removed")
    review.press("3")
    review.press("n")
    review.press("2")
    review.press("n")
    review.press("a")
    review.named("threads").locator("summary").click()
    review.named("thread-text").fill("not sent yet")
    page.reload()
    review.ready()
    review.says("This is what you had said")
    expect(review.named("thread-text")).to_have_value("not sent yet")
    expect(review.row(1)).to_contain_text("loose outline")
    expect(review.row(2)).to_contain_text("good")
    is_at(review, 1, PLACE)
    is_at(review, 2, (300.0, 200.0))
    review.press("Escape")
    expect(review.named("reason-3")).to_have_attribute("aria-pressed", "true")

    # Written anew, and taken away, before the verdict.
    review.root.locator('.pin[data-pin="1"] .drop').click()
    field = review.root.locator(".pin textarea")
    field.fill("second words")
    field.press("Enter")
    review.sees("second words", "pins")
    review.named("pins").get_by_label("Remove pin 2").click()
    expect(review.root.locator(".pin")).to_have_count(1)
    review.press("z")
    expect(review.root.locator(".pin")).to_have_count(2)
    review.press("y")
    expect(review.root.locator(".pin")).to_have_count(1)

    # What was given back is somebody else's to judge.
    review.named("release").click()
    expect(page.locator(".st-key-review_break")).to_be_visible()
    page.get_by_role("button", name="Continue reviewing").click()
    review.shows(CAT)
    expect(review.root.locator(".pin")).to_have_count(0)
    expect(review.row(1)).not_to_contain_text("loose outline")


def test_given_back_to_a_server_that_was_started_anew(own_app: RunningApp, page: Page) -> None:
    labeled(page, own_app.url, demo.NAME, then=CUP)
    review = Review(page, own_app.url, "Rita", demo.NAME)
    review.shows(CAT)
    own_app.kill()
    review.sees("does not answer")
    own_app.start()
    review.named("release").click()  # the page may know nothing of the new server yet
    expect(page.locator(".st-key-review_break")).to_contain_text("1 image waiting", timeout=PATIENCE)
    page.get_by_role("button", name="Continue reviewing").click()
    review.shows(CAT)
    own_app.kill()
    review.sees("does not answer")
    own_app.start()
    review.press("Shift+Enter")
    review.has_nothing(f"Approved {CAT}.")
    page.get_by_role("button", name="Take back the verdict").click()
    review.shows(CAT)


def test_a_reviewer_fixes_it_and_both_revisions_are_kept(own_app: RunningApp, page: Page) -> None:
    labeled(page, own_app.url, demo.NAME, then=CUP)
    review = Review(page, own_app.url, "Rita", demo.NAME)
    review.shows(CAT)
    review.press("n")
    review.press("2")
    review.press("n")
    review.looks_at("2 cat")
    review.press("Shift+F")
    expect(review.root).to_have_attribute("data-mode", "fix")
    review.sees("Save change", "accept")
    review.press("f")
    review.press("e")
    review.drag(CORNER[2], (100.0, 70.0))
    review.press("Enter")
    expect(review.named("accept")).to_contain_text("Accept")
    review.press("p")
    review.sees("Save change", "accept")
    review.press("d")
    review.has_objects(1)
    review.press("z")
    review.has_objects(2)
    review.press("Shift+F")
    expect(review.root).to_have_attribute("data-mode", "look")
    expect(review.row(2)).to_contain_text("corrected by Rita")
    expect(review.row(1)).to_contain_text("corrected by Rita")  # by deleting and restoring it
    review.looks_at("1 cat")
    review.press("r")  # not rejected any more
    review.press("Shift+Enter")
    review.has_nothing(f"Approved {CAT}.")

    own_app.stop()
    ws = Workspace(own_app.data_dir)
    try:
        names = {person.id: person.name for person in people.list_people(ws)}
        demo_project = projects.find_project(ws, demo.NAME)
        (task,) = queue.list_tasks(ws, demo_project.id, states=[TaskState.APPROVED])
        _, corner = labeling.list_annotations(ws, task.id)
        first, second = labeling.revisions(ws, corner.id)
    finally:
        ws.close()
    assert [names[r.author_id or 0] for r in (first, second)] == ["Ana", "Rita"]
    assert [r.correction for r in (first, second)] == [False, True]
    assert (first.origin, second.origin) == (Origin.MANUAL, Origin.MANUAL)
    assert first.outline is not None
    assert second.outline is not None
    assert second.outline.area > first.outline.area + 300
    assert names[task.author_id or 0] == "Ana"


def test_a_reviewer_looks_around_with_the_keys(app: RunningApp, project: str, page: Page) -> None:
    labeled(page, app.url, project, then=CUP)
    review = Review(page, app.url, "Rita", project)
    whole = review.view()
    review.press("p")
    review.looks_at("2 cat")
    page.wait_for_function("before => maaWorkbench.stage.view.scale > 2 * before", arg=whole[0])
    review.press("v")  # no close up any more
    page.wait_for_function("before => maaWorkbench.stage.view.scale === before", arg=whole[0])
    review.press("n")
    review.looks_at("The whole image")
    review.click([(46.0, 40.0)])
    review.looks_at("2 cat")
    assert review.view() == whole
    review.press("v")
    page.wait_for_function("before => maaWorkbench.stage.view.scale > 2 * before", arg=whole[0])
    review.press("m")
    review.says("Dashed: the model's outline")
    review.painted()
    with_outlines = outline_pixels(review)
    page.keyboard.down("o")
    page.wait_for_function("() => maaWorkbench.stage.hideOthers")
    review.painted()
    assert outline_pixels(review) == 0
    page.keyboard.up("o")
    review.painted()
    assert outline_pixels(review) == with_outlines > 0


def outline_pixels(review: Review) -> int:
    """How many pixels of the layers over the photo have something drawn on them."""
    found: int = review.page.evaluate(
        """() => [...maaWorkbench.root.querySelectorAll("canvas")].reduce((sum, canvas) => {
          if (canvas.dataset.layer === "photo" || canvas.style.visibility === "hidden") return sum;
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          for (let i = 3; i < data.length; i += 4) sum += data[i] > 0;
          return sum;
        }, 0)"""
    )
    return found


def test_an_open_comment_is_answered_and_resolved_before_the_image_is_approved(
    app: RunningApp, project: str, page: Page
) -> None:
    desk = labeled(page, app.url, project, then=CUP)
    desk.named("threads").locator("summary").click()
    desk.named("thread-place").click()
    desk.click([PLACE])
    desk.named("thread-text").fill("Is the <b>saucer</b> part of it?")
    desk.page.keyboard.press("Enter")
    desk.sees("C1", "threads")
    desk.hand_in()
    expect(page.locator(".st-key-empty_annotate")).to_be_visible()
    review = Review(page, app.url, "Rita", project)
    review.shows(CAT)
    review.press("Shift+Enter")
    review.shows(CUP)
    drop = review.root.locator('.pin[data-pin="C1"] .drop')
    expect(drop).to_be_visible()
    page.wait_for_timeout(1000)
    review.press("Shift+Enter")
    review.says("Comment C1 is still open (Ana: “Is the <b>saucer</b> part of it?”)")
    review.named("thread-answer").click()
    review.named("thread-text").fill("No, leave it out.")
    review.named("thread-resolve").click()
    review.sees("Rita resolved it: No, leave it out.", "threads")
    expect(drop).to_have_count(0)
    review.press("Shift+Enter")
    review.has_nothing(f"Approved {CUP}.")
