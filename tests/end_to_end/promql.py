"""Reads what PromQL and prose name: series, labels and values. No more than the rules and runbooks need."""

import re

_SERIES = re.compile(
    r"(?<![\w:\"/.-])((?:websocket|closewatch|process)_\w+|\w+:\w+:\w+|up(?=\{| ==))(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*\\?"([^"\\]*)\\?"')
_GROUPING = re.compile(r"\b(?:by|on|without|ignoring) \(([^)]*)\)")


def named_series(text):
    """Each series with the text of its matchers."""
    return _SERIES.findall(text)


def matchers(text):
    return _MATCHER.findall(text)


def groupings(text):
    return [label.strip() for labels in _GROUPING.findall(text) for label in labels.split(",")]


def _wrong_value(label, operator, value, values):
    """The first alternative of a matcher's value that no series can have, or None."""
    for one in value.split("|") if "~" in operator else [value]:
        if label in values and not any(re.fullmatch(one, known) for known in values[label]):
            return one
    return None


def unknown_names(text, series, values):
    """A sentence for each series, label or value in the text that closewatch does not have."""
    found = []
    for name, selector in named_series(text):
        if name not in series:
            found.append(f"there is no series {name}")
            continue
        for label, *_ in matchers(selector):
            if label not in series[name]:
                found.append(f"{name} has no label {label}")
    for label, operator, value in matchers(text):
        wrong = _wrong_value(label, operator, value, values)
        if wrong is not None:
            found.append(f"the label {label} is never {wrong}")
    labels = set().union(*series.values())
    found += [f"no series has a label {label}" for label in groupings(text) if label not in labels]
    return found
