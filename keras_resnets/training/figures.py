"""The figure that ends a training."""

from keras_resnets._files import replacing
from keras_resnets.runs import Run


def draw_errors(run: Run, title: str) -> None:
    """Write errors.png: training (thin) and test error (bold) against iterations, as He et al. 2015, Fig. 4 and 6."""
    from matplotlib.figure import Figure

    rows = run.read_metrics()
    if not rows or not run.writes:
        return
    iterations = [row["iteration"] for row in rows]
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.add_subplot()
    for name, width, label in (("train_error", 1.0, "training"), ("test_error", 2.5, "test")):
        errors = [row[name] for row in rows]
        axes.plot(iterations, errors, color="C0", linewidth=width, label=f"{label}, {errors[-1]:.2f} % at the end")
    axes.set(xlabel="iteration", ylabel="error (%)", title=title, xlim=(0, iterations[-1]))
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend()
    with replacing(run.figure) as temporary:
        figure.savefig(temporary, dpi=150)
