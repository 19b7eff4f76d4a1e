"""What a browser is shown: the newest release, the page that was chosen, the filters beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from dataspark.answers.status import runs
from dataspark.dashboard import looks, state
from dataspark.dashboard.filters import USUAL, Filters
from dataspark.dashboard.formats import Formats
from dataspark.dashboard.pages import catalogue, customers, overview, products, quality, query
from dataspark.dashboard.pages import runs as runs_page
from dataspark.dashboard.source import Source
from dataspark.dashboard.view import View
from dataspark.dashboard.words import LANGUAGES, Words
from dataspark.errors import DataSparkError, ProjectError

_LOOKS_AGAIN = 3.0
"""Seconds after which a page without a release looks whether there is one."""
_SEEN = "seen_release"
_NAMES = {"fr": "Français", "en": "English"}
Page = tuple[str, str, Callable[[View], None], bool]
"""The word in its address, its icon, what shows it, and whether it is about business."""
PAGES: tuple[Page, ...] = (
    ("overview", ":material/monitoring:", overview.show, True),
    ("customers", ":material/public:", customers.show, True),
    ("products", ":material/category:", products.show, True),
    ("quality", ":material/fact_check:", quality.show, False),
    ("runs", ":material/history:", runs_page.show, False),
    ("catalogue", ":material/menu_book:", catalogue.show, False),
    ("sql", ":material/terminal:", query.show, False),
)


@st.cache_resource(show_spinner=False)
def source(folder: str, profile: str | None) -> Source:
    """The project, opened once for all who look."""
    return Source(folder, profile)


def main(folder: str, profile: str | None = None) -> None:
    """Show the dashboard of the project in `folder`."""
    words = Words(state.language())
    icon = Path(__file__).parent / "static" / "icon.png"
    st.set_page_config(page_title=Path(folder).resolve().name, page_icon=str(icon), layout="wide")
    st.logo(str(icon), size="large")
    looks.style()
    try:
        _show(source(folder, profile), words)
    except DataSparkError as error:
        tell(error, words)


def tell(error: DataSparkError, words: Words) -> None:
    """What went wrong and the way out, as sentences."""
    lines = [words.told(error.message)]
    lines += [f"- {mistake}" for mistake in error.mistakes] if isinstance(error, ProjectError) else []
    st.error("\n".join(lines) + (f"\n\n{words.told(error.hint)}" if error.hint else ""), icon=":material/error:")


def _show(project: Source, words: Words) -> None:
    release = project.newest()
    if release is None:
        st.navigation([st.Page(partial(_wait, project, words), title=project.name, url_path="", default=True)]).run()
        return
    figures = project.figures(release)
    filters = state.filters(figures.known) if figures else Filters()
    formats = Formats(words.language, figures.subject.currency if figures else None)
    view = View(project, project.release(release), figures, filters, words, formats, st.context.theme.type == "dark")
    chosen = _navigation(view)
    with st.sidebar:
        business = chosen.url_path in ("", *(name for name, _icon, _show, about in PAGES if about))
        if business and figures and figures.span:
            _filters(view)
        _foot(view)
    state.write(chosen.url_path)
    _notices(view)
    chosen.run()


def _navigation(view: View) -> st.Page:
    words = view.words
    groups: dict[str, list[st.Page]] = {}
    for name, icon, show, business in PAGES:
        if business and name != "overview" and (view.figures is None or view.figures.span is None):
            continue
        group = words("page.group_business" if business else "page.group_data")
        page = st.Page(
            partial(_page, show, view),
            title=words(f"page.{name}"),
            icon=icon,
            url_path=name,
            default=name == "overview",
        )
        groups.setdefault(group, []).append(page)
    return st.navigation(groups, expanded=True)


def _page(show: Callable[[View], None], view: View) -> None:
    try:
        show(view)
    except DataSparkError as error:
        tell(error, view.words)


def _filters(view: View) -> None:
    figures, words = view.figures, view.words
    assert figures is not None
    assert figures.span is not None
    state.seed(view.filters, figures.span)
    st.subheader(words("filter.title"), anchor=False)
    st.selectbox(
        words("filter.period"),
        state.spans(),
        format_func=lambda span: words(f"filter.{span}"),
        key="choose_span",
        on_change=state.take,
    )
    if st.session_state["choose_span"] == "days":
        st.date_input(
            words("filter.from_to"),
            key="choose_days",
            format="DD/MM/YYYY",
            on_change=state.take,
        )
    labels = view.country_labels(figures.known.countries)
    for key, title, members in (
        ("choose_country", "filter.countries", figures.known.countries),
        ("choose_product", "filter.products", figures.known.products),
    ):
        if members:
            st.multiselect(
                words(title),
                list(members),
                format_func=(lambda member: labels.get(member, member)) if key == "choose_country" else str,
                key=key,
                placeholder=words("filter.everything"),
                on_change=state.take,
            )
    if view.filters.params():
        st.button(words("filter.reset"), on_click=state.reset, type="tertiary", icon=":material/restart_alt:")


def _foot(view: View) -> None:
    words = view.words
    st.session_state.setdefault("choose_language", words.language)
    st.segmented_control(
        words("filter.language"),
        list(LANGUAGES),
        format_func=lambda language: _NAMES[language],
        key="choose_language",
        on_change=state.choose_language,
        required=True,
    )
    when = view.formats.moment(view.release.created)
    st.caption(f"**{view.source.name}** · " + words("release.shown", id=view.release.id, when=when))


def _notices(view: View) -> None:
    words = view.words
    before = st.session_state.get(_SEEN)
    st.session_state[_SEEN] = view.release.id
    if before and before != view.release.id:
        st.toast(words("release.new", id=view.release.id), icon=":material/new_releases:")
    for one in state.unknown():
        st.warning(
            words(f"filter.unknown_{one.parameter}", value=one.value.replace("`", "'"), usual=words(f"filter.{USUAL}")),
            icon=":material/link_off:",
        )


def _wait(project: Source, words: Words) -> None:
    """There is no release yet: say so, and look again."""
    st.title(words("release.none", project=project.name), anchor=False)
    st.info(words("release.none_hint"), icon=":material/hourglass_top:")
    last = runs(project.now(), 1)
    if last:
        outcome = words(f"runs.{last[-1].outcome.replace(' ', '_')}")
        st.warning(words("release.last_run", id=last[-1].id, outcome=outcome), icon=":material/play_circle:")
        if last[-1].error:
            st.text(words.told(last[-1].error))

    @st.fragment(run_every=_LOOKS_AGAIN)
    def look() -> None:
        if project.newest():
            st.rerun()

    look()
