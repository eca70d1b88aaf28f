"""The style of figures, and their files."""

import pytest

from keras_resnets import plotting
from keras_resnets.training.figures import draw_curves


def drawn():
    figure, axes = plotting.panels(2, 1, title="two", sharey=True)
    for number, one in enumerate(axes):
        one.plot([0, 1], [number, 2], **plotting.line_style(number))
    return figure


def test_without_a_suffix_both_formats_are_written_and_equal_figures_have_equal_bytes(tmp_path):
    first = plotting.save(drawn(), tmp_path / "a" / "figure")
    again = plotting.save(drawn(), tmp_path / "b" / "figure")
    assert [file.name for file in first] == ["figure.png", "figure.svg"]
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in again]
    assert plotting.save(drawn(), tmp_path / "one.svg") == (tmp_path / "one.svg",)


def test_another_format_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"Unknown format of a figure '\.jpg'"):
        plotting.save(drawn(), tmp_path / "figure.jpg")


def test_colors_and_dashes_repeat():
    assert plotting.line_style(0) == {"color": "#000000", "linestyle": "-"}
    assert plotting.line_style(28) == plotting.line_style(0)


def test_names_of_points_do_not_overlap():
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    figure, (axes,) = plotting.panels()
    points = [(f"network {number}", 1 + number / 1000, 1.0) for number in range(6)]
    axes.scatter([x for _, x, _ in points], [y for _, _, y in points])
    plotting.label_points(axes, points)
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [Text.get_window_extent(text, renderer) for text in axes.texts]
    assert sorted(text.get_text() for text in axes.texts) == sorted(name for name, _, _ in points)
    assert not any(one.overlaps(other) for i, one in enumerate(boxes) for other in boxes[:i])


@pytest.mark.filterwarnings("error")
def test_names_with_dollar_signs_are_drawn_as_they_are(tmp_path):
    """matplotlib would refuse the formula between them."""
    from keras_resnets.analysis.degradation import draw_trainings

    name, rows = r"$\frac$", [{"iteration": k, "train_error": 2.0, "test_error": 1.0} for k in (1, 2)]
    written = draw_trainings({name: rows}, tmp_path / "figure.svg", name, {name: 1.0})
    assert [path.name for path in written] == ["figure.svg"]


def test_an_epoch_alone_is_drawn_as_points(tmp_path):
    axes = plotting.panels()[1][0]
    rows = [{"iteration": 10.0, "train_error": 50.0, "test_error": 60.0}]
    draw_curves(axes, rows, "{split}")
    assert [line.get_marker() for line in axes.lines] == ["o", "o"]
    draw_curves(axes, [*rows, {**rows[0], "iteration": 20.0}], "{split}")
    assert [line.get_marker() for line in axes.lines[2:]] == ["", ""]
