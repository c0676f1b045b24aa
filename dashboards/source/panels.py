"""The shapes of panels: each has a title, a description, a unit, and says what it means that there is nothing to show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from grafana_foundation_sdk.builders import heatmap, stat, statetimeline, table, text, timeseries
from grafana_foundation_sdk.builders.common import (
    ReduceDataOptions,
    TableSortByFieldState,
    VizLegendOptions,
    VizTooltipOptions,
)
from grafana_foundation_sdk.builders.dashboard import DashboardLink, FieldColor, ThresholdsConfig
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    BigValueJustifyMode,
    BigValueTextMode,
    GraphDrawStyle,
    HeatmapCellLayout,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    TooltipDisplayMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DynamicConfigValue,
    FieldColorModeId,
    Threshold,
    ThresholdsMode,
    ValueMapping,
)
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode, HeatmapColorScale
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from dashboards.source.variables import SOURCE

Shape = TypeVar("Shape", stat.Panel, statetimeline.Panel, table.Panel, timeseries.Panel, heatmap.Panel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """What a panel says about itself, and how large it is; `nothing` stands where there is no data."""

    title: str
    description: str
    nothing: str
    width: int
    height: int
    unit: str = "none"


def over_time(expr: str, legend: str = "", ref: str = "A") -> Dataquery:
    """Ask for a course."""
    return Dataquery().expr(expr).legend_format(legend).range().ref_id(ref).datasource(SOURCE)


def at_end(expr: str, legend: str = "", ref: str = "A") -> Dataquery:
    """Ask for the value at the end of the time that is shown."""
    return Dataquery().expr(expr).legend_format(legend).instant().ref_id(ref).datasource(SOURCE)


def as_rows(expr: str, ref: str) -> Dataquery:
    """Ask for the rows of a table."""
    return at_end(expr, ref=ref).format(PromQueryFormat.TABLE)


def tiles(
    says: Says,
    queries: Sequence[Dataquery],
    steps: Sequence[tuple[float | None, str]],
    *,
    mappings: Sequence[ValueMapping] = (),
    links: Sequence[DashboardLink] = (),
    shows: BigValueTextMode = BigValueTextMode.AUTO,
    is_filled: bool = True,
) -> stat.Panel:
    """One tile for each value, coloured by what it means."""
    made = (
        _said(stat.Panel(), says, queries)
        .thresholds(_steps(steps))
        .color_scheme(FieldColor().mode(FieldColorModeId.THRESHOLDS))
        .reduce_options(ReduceDataOptions().calcs(["lastNotNull"]).values(False))
        .color_mode(BigValueColorMode.BACKGROUND_SOLID if is_filled else BigValueColorMode.VALUE)
        .graph_mode(BigValueGraphMode.NONE)
        .justify_mode(BigValueJustifyMode.CENTER)
        .text_mode(shows)
        .mappings(list(mappings))
    )
    return made.data_links(list(links)) if links else made


def timeline(
    says: Says,
    queries: Sequence[Dataquery],
    steps: Sequence[tuple[float | None, str]],
    mappings: Sequence[ValueMapping],
    links: Sequence[DashboardLink] = (),
) -> statetimeline.Panel:
    """A row for each series, a bar for as long as it stays the same."""
    made = (
        _said(statetimeline.Panel(), says, queries)
        .thresholds(_steps(steps))
        .color_scheme(FieldColor().mode(FieldColorModeId.THRESHOLDS))
        .mappings(list(mappings))
        .merge_values(True)
        .show_value(VisibilityMode.NEVER)
        .fill_opacity(85)
        .line_width(0)
        .row_height(0.8)
        .legend(_legend())
        .tooltip(VizTooltipOptions().mode(TooltipDisplayMode.SINGLE).sort(SortOrder.NONE))
    )
    return made.data_links(list(links)) if links else made


def lines(
    says: Says,
    queries: Sequence[Dataquery],
    *,
    links: Sequence[DashboardLink] = (),
    is_share: bool = False,
    is_signed: bool = False,
) -> timeseries.Panel:
    """Lines on one axis from 0, unless they have a sign, so that panels can be compared; nothing is stacked."""
    made = (
        _said(timeseries.Panel(), says, queries)
        .color_scheme(FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC))
        .line_width(2)
        .fill_opacity(0)
        .show_points(VisibilityMode.AUTO)
        .legend(_legend())
        .tooltip(VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
    )
    if not is_signed:
        made.min(0)
    if is_share:
        made.max(1)
    return made.data_links(list(links)) if links else made


def bars(
    says: Says, queries: Sequence[Dataquery], *, links: Sequence[DashboardLink] = ()
) -> timeseries.Panel:
    """Bars for what is counted; a bar is two minutes or more, so that neighbours do not count the same."""
    return (
        lines(says, queries, links=links)
        .interval("2m")
        .bar_max_width(24)
        .draw_style(GraphDrawStyle.BARS)
        .fill_opacity(70)
        .line_width(0)
        .decimals(0)
    )


def rows(
    says: Says,
    queries: Sequence[Dataquery],
    *,
    order: Sequence[tuple[str, bool]] = (),
    links: Sequence[DashboardLink] = (),
) -> table.Panel:
    """A table; `order` are the columns that it is sorted by, and whether downwards."""
    made = _said(table.Panel(), says, queries).show_header(True).filterable(False).min_width(80)
    # What stands for an empty panel would stand in every empty cell.
    made.override_by_regexp("/.*/", [DynamicConfigValue(id_val="noValue", value="-")])
    if order:
        made.sort_by([TableSortByFieldState().display_name(name).desc(down) for name, down in order])
    return made.data_links(list(links)) if links else made


def heat(says: Says, query: Dataquery) -> heatmap.Panel:
    """How many values fell where, darker where they are many."""
    return (
        _said(heatmap.Panel(), says, [query.format(PromQueryFormat.HEATMAP)])
        .calculate(False)
        .color(
            heatmap.HeatmapColorOptions()
            .mode(HeatmapColorMode.SCHEME)
            .scheme("Blues")
            .scale(HeatmapColorScale.EXPONENTIAL)
            .exponent(0.5)
            .steps(64)
            .reverse(False)
        )
        .rows_frame(heatmap.RowsHeatmapOptions().layout(HeatmapCellLayout.AUTO))
        .cell_values(heatmap.CellValues().unit("short").decimals(0))
        .filter_values(heatmap.FilterValueRange().le(1e-9))
        .y_axis(heatmap.YAxisConfig().unit(says.unit))
        .cell_gap(1)
        .show_legend()
    )


def sentence(title: str, content: str, width: int, height: int) -> text.Panel:
    """A few words."""
    described = "What this part of the page is for."
    return text.Panel().title(title).description(described).content(content).span(width).height(height)


def shown(panel: Shape, columns: Mapping[str, Mapping[str, object]]) -> Shape:
    """Set properties of single columns or lines: by name, each property by its id in Grafana."""
    for name, properties in columns.items():
        panel.override_by_name(
            name, [DynamicConfigValue(id_val=key, value=value) for key, value in properties.items()]
        )
    return panel


def _said(panel: Shape, says: Says, queries: Sequence[Dataquery]) -> Shape:
    panel.title(says.title).description(says.description).no_value(says.nothing).unit(says.unit)
    panel.span(says.width).height(says.height).datasource(SOURCE)
    for query in queries:
        panel.with_target(query)
    return panel


def _steps(steps: Sequence[tuple[float | None, str]]) -> ThresholdsConfig:
    at = [Threshold(value=value, color=color) for value, color in steps]
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(at)


def _legend() -> VizLegendOptions:
    return (
        VizLegendOptions()
        .show_legend(True)
        .display_mode(LegendDisplayMode.LIST)
        .placement(LegendPlacement.BOTTOM)
        .calcs([])
    )
