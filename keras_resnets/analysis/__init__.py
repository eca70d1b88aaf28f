"""Analyses: explanations of answers; degradation, lesions, paths, responses, deepening; accuracy against cost."""

from keras_resnets.analysis.comparison import Comparison, Point, compare
from keras_resnets.analysis.deepening import deepen
from keras_resnets.analysis.degradation import Curve, Degradation, degradation, read_degradation
from keras_resnets.analysis.explanation import Explanation, explain
from keras_resnets.analysis.lesion import Lesion, lesion
from keras_resnets.analysis.of_runs import Analysis, analyse, draw_runs
from keras_resnets.analysis.pages.report import report
from keras_resnets.analysis.pages.side_by_side import compare_runs
from keras_resnets.analysis.paths import Paths, paths
from keras_resnets.analysis.responses import Responses, responses

__all__ = [
    "Analysis",
    "Comparison",
    "Curve",
    "Degradation",
    "Explanation",
    "Lesion",
    "Paths",
    "Point",
    "Responses",
    "analyse",
    "compare",
    "compare_runs",
    "deepen",
    "degradation",
    "draw_runs",
    "explain",
    "lesion",
    "paths",
    "read_degradation",
    "report",
    "responses",
]
