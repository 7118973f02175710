"""The way in, as a browser meets it: signing in and out, deep links, and names that look like code."""

import uuid
from urllib.parse import quote_plus

from playwright.sync_api import Page, expect

from maa.workflow import demo
from tests.e2e.signing_in import sign_in


def test_a_deep_link_as_the_first_request_of_a_fresh_server_meets_the_gate(own_app, page: Page) -> None:
    page.goto(f"{own_app.url}/people")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    # and leads there once one has signed in, by the Enter key
    page.get_by_label("Name").fill("max")
    page.get_by_label("Password").fill(demo.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_page_for_managers_refuses_an_annotator(app, page: Page) -> None:
    sign_in(page.context, app.url, "Ana")
    page.goto(f"{app.url}/people")
    expect(page.get_by_text("This is for managers")).to_be_visible()
    expect(page.locator(".st-key-people_roster")).to_have_count(0)


def test_a_session_that_an_admin_ends_is_over_in_the_open_tab_at_once(app, page: Page, project: str) -> None:
    page.goto(f"{app.url}/annotate?project={quote_plus(project)}")
    page.get_by_role("button", name="Ben").click()  # one of the demo's buttons
    page.wait_for_selector(".workbench[data-ready]")
    app.call("user sessions", name="Ben", end=True)
    answer = page.evaluate("window.maaWorkbench.server.call('open', { take: false }).catch(e => e.kind)")
    assert answer == "pass"
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_first_password_has_to_be_replaced(app, page: Page) -> None:
    name = f"Eva {uuid.uuid4().hex[:6]}"
    given = app.call("user add", name=name)["password"]
    page.goto(app.url)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(given)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Choose a password of your own")).to_be_visible()
    page.goto(f"{app.url}/projects")
    expect(page.get_by_text("Choose a password of your own")).to_be_visible()
    page.get_by_label("Current password").fill(given)
    for field in ("New password", "New password again"):
        page.get_by_label(field, exact=True).fill("a horse in a battery")
    page.get_by_role("button", name="Change it").click()
    expect(page.get_by_text("You have no project yet")).to_be_visible()


def test_names_that_look_like_code_are_shown_as_text(app, page: Page) -> None:
    nasty = "<script>x</script> **b** [a](javascript:alert(1)) :smile: $x$ www.a.example"
    sign_in(page.context, app.url, "Max")
    page.goto(f"{app.url}/people")
    page.get_by_role("textbox", name="Name", exact=True).fill(nasty)
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".st-key-people_roster").get_by_text(nasty)).to_be_visible()
    toast = page.get_by_test_id("stToast")
    expect(toast).to_contain_text("can start now")
    assert toast.inner_text().replace("\u2060", "").startswith(nasty)
    shown = page.locator(".st-key-account").get_by_text("Account of")
    expect(shown).to_contain_text("javascript")
    assert shown.inner_text().replace("\u2060", "").endswith(nasty)
    assert shown.locator("a, em, script, img, .katex").count() == 0
