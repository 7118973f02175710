"""The way in, as a browser meets it: first visits, deep links, reloads, and names that look like code."""

import re

from playwright.sync_api import Page, expect


def test_a_deep_link_as_the_first_request_of_a_fresh_server_meets_the_gate(own_app, page: Page) -> None:
    page.goto(f"{own_app.url}/people")
    expect(page.get_by_text("Who are you?")).to_be_visible()
    expect(page.locator(".st-key-people_roster")).to_have_count(0)
    expect(page.get_by_role("link", name="People")).to_have_count(0)


def test_a_page_for_managers_refuses_an_annotator(app, page: Page) -> None:
    page.goto(f"{app.url}/people?person=Ana")
    expect(page.get_by_text("This is for managers")).to_be_visible()
    expect(page.locator(".st-key-people_roster")).to_have_count(0)


def test_a_reload_and_another_page_keep_who_one_is(app, page: Page) -> None:
    page.goto(f"{app.url}/people")
    page.get_by_role("button", name="Max").click()
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    expect(page).to_have_url(re.compile("person=Max"))
    page.reload()
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    page.get_by_role("link", name="Dashboard").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    expect(page).to_have_url(re.compile("person=Max"))
    page.reload()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()


def test_names_that_look_like_code_are_shown_as_text(app, page: Page) -> None:
    nasty = "<script>x</script> **b** [a](javascript:alert(1)) :smile: $x$ www.a.example"
    page.goto(f"{app.url}/people?person=Max")
    page.get_by_role("textbox", name="Name").fill(nasty)
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".st-key-people_roster").get_by_text(nasty)).to_be_visible()
    toast = page.get_by_test_id("stToast")
    expect(toast).to_contain_text("can start now")
    assert toast.inner_text().replace("\u2060", "").startswith(nasty)
    page.goto(app.url)
    button = page.get_by_test_id("stMain").get_by_role("button").filter(has_text="javascript")
    expect(button).to_be_visible()
    assert button.inner_text().replace("\u2060", "").endswith(nasty)
    assert button.locator("a, strong, em, script, img, .katex").count() == 0
