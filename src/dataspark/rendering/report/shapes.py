"""Small pictures as SVG text. Colours are classes, so that the page's style has them in light and in dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape


def element(tag: str, content: str = "", /, **attributes: object) -> str:
    """One element; `class_` and `data_x` stand for `class` and `data-x`. `content` is markup already."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_number(value))}"' for key, value in attributes.items()
    )
    return f"<{tag}{written}>{content}</{tag}>"


def _number(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def picture(width: float, height: float, label: str, content: str, class_: str = "", stretch: bool = False) -> str:
    """A picture with a description for those who cannot see it. `stretch`: it fills its box, whatever its shape."""
    more = {"preserveAspectRatio": "none"} if stretch else {}
    box = f"0 0 {width:g} {height:g}"
    return element("svg", content, viewBox=box, role="img", aria_label=label, class_=class_, **more)


def tip(text: str) -> str:
    """What is told when somebody points at a shape."""
    return element("title", escape(text))


def columns(values: Sequence[float], labels: Sequence[str], label: str, class_: str = "") -> str:
    """Upright bars side by side; below the line where values are negative."""
    step, height = 10.0, 100.0
    low, high = min(0.0, *values), max(0.0, *values)
    unit = height / ((high - low) or 1.0)
    bars = []
    for number, (value, name) in enumerate(zip(values, labels, strict=True)):
        top = (high - max(value, 0.0)) * unit
        tall = max(abs(value) * unit, 0.75 if value else 0.0)
        bar = {"x": number * step + 1, "y": min(top, height - tall), "width": step - 2, "height": tall, "rx": 0.8}
        bars.append(element("rect", tip(name), **bar))
    return picture(step * len(values), height, label, "".join(bars), f"columns {class_}".strip(), stretch=True)


def line(values: Sequence[float], label: str) -> str:
    """A line over a tinted ground, from 0 where that does not flatten it."""
    width, height = 300.0, 100.0
    low, high = min(values), max(values)
    base = 0.0 if low >= 0 and low < high * 0.7 else low - (high - low) * 0.15
    unit = (height - 4) / ((high - base) or 1.0)
    step = width / max(len(values) - 1, 1)
    points = [f"{number * step:.1f},{height - 2 - (value - base) * unit:.1f}" for number, value in enumerate(values)]
    ground = element("polygon", points=f"0,{height:g} {' '.join(points)} {width:g},{height:g}", class_="ground")
    return picture(width, height, label, ground + element("polyline", points=" ".join(points)), "line", stretch=True)


def steps(parts: Sequence[tuple[float, float, str, str]], label: str) -> str:
    """One bar in a row of time: (start, length, class, what it is), in parts of the whole."""
    bars = "".join(
        element("rect", tip(words), x=start * 1000, y=0, width=max(length * 1000, 2.0), height=10, class_=class_)
        for start, length, class_, words in parts
    )
    return picture(1000, 10, label, bars, "steps", stretch=True)
