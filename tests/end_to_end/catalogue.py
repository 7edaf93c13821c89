"""What closewatch exports, read from its sources: families with their labels, values of closed labels."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_ROW = re.compile(r'\{"(\w+)",\s*(k\w+),\s*(?:"(?:[^"\\]|\\.)*"\s*)+(?:,\s*\{([^}]*)\})?')
_SCRAPED = {"job", "instance"}  # what Prometheus adds


def _names(file, constant):
    text = (ROOT / file).read_text(encoding="utf-8")
    return set(re.findall(r'"([^"]*)"', re.search(constant + r"\s*\{([^}]*)\}", text)[1]))


def series():
    """From the name of each series that can be queried to its labels."""
    text = (ROOT / "metrics/catalogue.h").read_text(encoding="utf-8")
    known = {"up": set(_SCRAPED)}
    for name, kind, labels in _ROW.findall(text[text.index("kCatalogue"):]):
        has = _SCRAPED | set(re.findall(r'"(\w+)"', labels))
        if kind == "kHistogram":
            known[name + "_bucket"] = has | {"le"}
            known[name + "_sum"] = known[name + "_count"] = has
        else:
            known[name] = has
    return known


def values():
    """From the name of each label with a closed set of values to that set."""
    codes = {str(code) for code in (*range(1000, 1004), *range(1005, 1016), *range(3000, 5000))}
    return {
        "cause": _names("websocket/outcome.h", "kCauseNames"),
        "initiator": _names("websocket/outcome.h", "kInitiatorNames"),
        "result": _names("websocket/handshake_result.h", "kHandshakeResultNames"),
        "outcome": _names("metrics/service_counters.h", "kEndOutcomeNames"),
        "sender": _names("metrics/service_counters.h", "kCloseSenderNames"),
        "code": codes | {"3xxx", "4xxx", "none", "invalid", "unknown"},
        "where": {"kernel", "interface"},
    }
