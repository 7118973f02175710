"""The app's mark, drawn here: Streamlit would fetch a named icon for the browser's tab from the internet."""

_CORNERS = ((6, 8), (24, 4), (28, 22), (11, 28))
_POLYGON = "".join(
    [
        '<path d="M6 8 L24 4 L28 22 L11 28 Z" fill="#4f86f733" stroke="#4f86f7" stroke-width="2.5"/>',
        *(f'<circle cx="{x}" cy="{y}" r="3.2" fill="#e8710a"/>' for x, y in _CORNERS),
    ]
)
_NAME = (
    '<text x="40" y="24" font-family="sans-serif" font-weight="700" font-size="22" fill="#4f86f7">MAA</text>'
)


def _svg(width: int, drawing: str) -> str:
    size = f'width="{width}" height="32" viewBox="0 0 {width} 32"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{drawing}</svg>'


ICON = _svg(32, _POLYGON)
LOGO = _svg(104, _POLYGON + _NAME)
