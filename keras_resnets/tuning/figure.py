"""The figure of a search: error against cardinality."""

from collections.abc import Iterable
from pathlib import Path

from keras_resnets._files import replacing
from keras_resnets.tuning.report import Outcome, Report
from keras_resnets.tuning.space import TOLERANCE


def draw(report: Report, path: Path) -> None:
    """Write a PNG: a dot a seed, the mean and standard deviation over seeds, and a line through networks of equal cost.

    Equal is what costs within 5 % of the budget; where more than cardinality is varied there is a line for each of the
    other choices. What costs less, as far as whole widths allow, stands beside the line, hollow.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import NullLocator

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.add_subplot()
    longest = max((outcome.epochs or 0 for outcome in report.ended), default=0)
    shown = [outcome for outcome in report.ended if (outcome.epochs or 0) == longest]
    for index, (label, group) in enumerate(_by_choice(shown).items()):
        color = f"C{index}"
        equal = [outcome for outcome in group if outcome.setting.share >= 1 - TOLERANCE]
        axes.plot(*_means(equal), color=color, linewidth=1.5, label=_line(report, label) if equal else None)
        for outcome in group:
            _point(axes, outcome, color, filled=outcome in equal)
    cardinalities = sorted({outcome.setting.cardinality for outcome in shown})
    axes.set_xscale("log", base=2)
    axes.set_xticks(cardinalities, [str(cardinality) for cardinality in cardinalities])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.margins(x=0.12, y=0.15)
    axes.set(xlabel="cardinality", ylabel="test error (%)")
    axes.set_title(f"{report.search.title}, {report.seeds_told}", fontsize="medium")
    axes.grid(alpha=0.3)
    if axes.get_legend_handles_labels()[1]:
        axes.legend()
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=150)


def _by_choice(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    """The outcomes of each combination of the choices beside cardinality and base width, by cardinality."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in sorted(outcomes, key=lambda outcome: outcome.setting.cardinality):
        label = ", ".join(f"{name}={value}" for name, value in outcome.setting.chosen.items())
        groups.setdefault(label, []).append(outcome)
    return groups


def _means(outcomes: Iterable[Outcome]) -> tuple[list[int], list[float]]:
    outcomes = list(outcomes)
    return [o.setting.cardinality for o in outcomes], [o.mean("test_error") for o in outcomes]


def _line(report: Report, label: str) -> str:
    words = f"equal cost: {report.budget:,.0f} {report.search.cost.replace('_', '-')} ± {TOLERANCE:.0%}"
    return f"{label}; {words}" if label else words


def _point(axes, outcome: Outcome, color: str, filled: bool) -> None:
    setting, error = outcome.setting, outcome.mean("test_error")
    errors = outcome.values("test_error")
    axes.plot([setting.cardinality] * len(errors), errors, ".", color=color, alpha=0.4, markersize=5)
    face = color if filled else "white"
    axes.errorbar(
        setting.cardinality,
        error,
        outcome.spread("test_error"),
        fmt="o",
        color=color,
        markerfacecolor=face,
        capsize=4,
    )
    told = f"{setting.cardinality}x{setting.base_width}d" + ("" if filled else f"\n{setting.share:.2f}x")
    axes.annotate(told, (setting.cardinality, error), xytext=(8, 6), textcoords="offset points", fontsize=8)
