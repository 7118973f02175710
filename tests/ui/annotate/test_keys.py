"""Keys in the order they were pressed, each meant for what the page showed then."""

from streamlit.testing.v1 import AppTest

from maa.ui.annotate.keyboard import labelled


def _pressing(batches: list[list[tuple[int, str, dict[str, int]]]]) -> list[str]:
    """What the handlers hear when the component's state becomes these lists, one after another."""

    def script() -> None:
        import streamlit as st

        from maa.ui.annotate.keyboard import Keyboard

        heard = st.session_state.setdefault("heard", [])
        keyboard = Keyboard(
            {"2": lambda: heard.append("class 2"), "z": lambda: heard.append("undo")},
            {
                "Enter": lambda press: heard.append(f"accept {press.drawing}"),
                "Shift+Enter": lambda press: heard.append(f"submit {press.task}"),
            },
            lambda mount, clicks: heard.append(f"{clicks} clicks") if clicks else None,
        )
        for attempt, batch in enumerate(st.session_state.get("batches", [])):
            st.session_state["annotate_keyboard"] = {"pressed": {"attempt": attempt, "presses": batch}}
            keyboard.hear()

    app = AppTest.from_function(script)
    app.session_state["batches"] = batches
    app.run()
    assert not app.exception
    heard: list[str] = app.session_state["heard"]
    return heard


def _press(number: int, key: str, drawing: int = 7, clicks: int = 0) -> tuple[int, str, dict[str, int]]:
    return number, key, {"task": 3, "drawing": drawing, "mount": 1, "clicks": clicks}


def test_keys_are_done_in_the_order_they_were_pressed_even_when_they_arrive_together() -> None:
    assert _pressing([[_press(1, "2"), _press(2, "Enter")]]) == ["class 2", "accept 7"]
    assert _pressing([[_press(1, "Enter"), _press(2, "2")]]) == ["accept 7", "class 2"]


def test_every_press_counts_once_however_often_it_is_sent() -> None:
    first = [_press(1, "z"), _press(2, "z")]
    assert (
        _pressing([first, first, [*first, _press(3, "z")], [_press(3, "z"), _press(4, "z")]]) == ["undo"] * 4
    )


def test_an_answer_names_what_the_page_showed() -> None:
    assert _pressing([[_press(1, "Enter"), _press(2, "Enter")]]) == ["accept 7", "accept 7"]
    assert _pressing([[_press(1, "Enter"), _press(2, "Shift+Enter")]]) == ["accept 7", "submit 3"]


def test_the_clicks_before_a_key_come_before_it() -> None:
    assert _pressing([[_press(1, "Enter", clicks=4)]]) == ["4 clicks", "accept 7"]


def test_keys_without_a_handler_do_nothing() -> None:
    assert _pressing([[_press(1, "x")]]) == []


def test_the_key_stands_beside_the_label() -> None:
    assert labelled("Undo", "Z").startswith("Undo ")
    assert "Z" in labelled("Undo", "Z")
    assert labelled("Undo", "") == "Undo"
