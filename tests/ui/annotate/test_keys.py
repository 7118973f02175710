"""Keys in the order they were pressed, each meant for what the page showed then."""

from streamlit.testing.v1 import AppTest

from maa.ui.annotate.keyboard import labelled


def _pressing(batches: list[list[tuple[int, str, int]]]) -> list[str]:
    """What the handlers hear when the component's state becomes these lists, one after another."""

    def script() -> None:
        import streamlit as st

        from maa.ui.annotate import keyboard

        heard = st.session_state.setdefault("heard", [])
        handlers = {"2": lambda: heard.append("class 2"), "z": lambda: heard.append("undo")}
        answers = {"Enter": lambda shown: heard.append(f"accept {shown}")}
        for batch in st.session_state.get("batches", []):
            st.session_state["annotate_keyboard"] = {"pressed": batch}
            keyboard._pressed(handlers, answers)

    app = AppTest.from_function(script)
    app.session_state["batches"] = batches
    app.run()
    assert not app.exception
    heard: list[str] = app.session_state["heard"]
    return heard


def test_keys_are_done_in_the_order_they_were_pressed_even_when_they_arrive_together() -> None:
    assert _pressing([[(1, "2", 7), (2, "Enter", 7)]]) == ["class 2", "accept 7"]
    assert _pressing([[(1, "Enter", 7), (2, "2", 7)]]) == ["accept 7", "class 2"]


def test_every_press_counts_once_although_the_list_comes_again_and_again() -> None:
    first = [(1, "z", 7), (2, "z", 7)]
    assert _pressing([first, first, [*first, (3, "z", 7)]]) == ["undo"] * 3


def test_an_answer_names_what_the_page_showed() -> None:
    assert _pressing([[(1, "Enter", 7), (2, "Enter", 7)]]) == ["accept 7", "accept 7"]


def test_keys_without_a_handler_do_nothing() -> None:
    assert _pressing([[(1, "x", 7)]]) == []


def test_the_key_stands_beside_the_label() -> None:
    assert labelled("Undo", "Z").startswith("Undo ")
    assert "Z" in labelled("Undo", "Z")
    assert labelled("Undo", "") == "Undo"
