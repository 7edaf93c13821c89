#!/usr/bin/python3
"""Which folder may include what: the table, the check, and the check's own tests.

Usage: import_table_test.py [folder of the sources]
"""

import fnmatch
import pathlib
import re
import sys
import unittest

# The C++ standard headers of a folder without I/O, clock or threads. <chrono> is there for its types.
SANS_IO = set(
    "algorithm array atomic bit bitset charconv chrono compare concepts cstddef cstdint cstdlib "
    "cstring deque functional initializer_list iterator limits list map memory memory_resource new "
    "numeric optional queue ranges set span stdexcept string string_view tuple type_traits "
    "unordered_map unordered_set utility variant vector cassert cctype climits".split()
)
STANDARD = SANS_IO | set(
    "any array barrier cerrno cfenv cinttypes clocale cmath codecvt complex condition_variable "
    "coroutine csetjmp csignal cstdarg cstdio ctime cwchar exception filesystem format forward_list "
    "fstream future iomanip ios iosfwd iostream istream latch locale mutex numbers ostream random "
    "ratio regex scoped_allocator semaphore shared_mutex source_location sstream stack stop_token "
    "streambuf string_view syncstream system_error thread typeindex typeinfo valarray version".split()
)
SYSTEM = ("sys/*", "linux/*", "net/*", "netinet/*", "arpa/*", "netdb.h", "poll.h", "unistd.h",
          "fcntl.h", "sched.h", "signal.h", "pwd.h", "grp.h", "ifaddrs.h", "endian.h", "byteswap.h", "stdio_ext.h")
LIBRARIES = {
    "libpcap": ("pcap.h", "pcap/*"),
    "yaml-cpp": ("yaml-cpp/*",),
    "Boost": ("boost/*",),
    "prometheus-cpp": ("prometheus/*",),
    "nlohmann-json": ("nlohmann/*",),
    "OpenSSL": ("openssl/*",),
    "zlib": ("zlib.h",),
    "libseccomp": ("seccomp.h",),
    "libcap-ng": ("cap-ng.h",),
    "CLI11": ("CLI/*",),
    "spdlog": ("spdlog/*",),
    "fmt": ("fmt/*",),
    "GoogleTest": ("gtest/*", "gmock/*"),
    "Google Benchmark": ("benchmark/*",),
}
FOLDERS = ("websocket", "config", "sandbox", "capture", "proxy", "metrics", "deploy", "tests")

# A program's main files join its component with metrics/ and enter the sandbox; no other file does.
MAIN = ("main.cc", "main_*.cc", "main_*.h")

# Folder -> what it may include besides itself -> in which of its files.
# architecture.md draws the same table as a picture.
TABLE = {
    "websocket": {"sans-io": ("*",)},
    "config": {
        "standard": ("*",),
        "system": ("*.cc",),
        "websocket": ("*",),
        "yaml-cpp": ("node.cc",),
        "CLI11": ("command_line.cc",),
    },
    "sandbox": {
        "standard": ("*",),
        "system": ("*.cc",),
        "libseccomp": ("*",),
        "libcap-ng": ("capabilities.cc",),
    },
    "capture": {
        "standard": ("*",),
        "system": ("*.cc",),
        "websocket": ("*",),
        "config": ("*",),
        "libpcap": ("packet_source.cc",),
        "zlib": ("*.cc",),
        "metrics": MAIN,
        "sandbox": MAIN,
        "Boost": MAIN,
        "spdlog": MAIN,
        "fmt": MAIN,
    },
    "proxy": {
        "standard": ("*",),
        "system": ("*.cc", "socket_address.h"),
        "websocket": ("*",),
        "config": ("*",),
        "Boost": ("*",),
        "OpenSSL": ("*",),
        "metrics": MAIN,
        "sandbox": MAIN,
        "spdlog": MAIN,
        "fmt": MAIN,
    },
    "metrics": {
        "standard": ("*",),
        "system": ("*.cc",),
        "websocket": ("*",),
        "config": ("*",),
        "prometheus-cpp": ("*",),
        "nlohmann-json": ("*",),
        "Boost": ("*.cc",),
        "spdlog": ("*.cc",),
        "zlib": ("*.cc",),
    },
}

LONGEST_FILE = 300
INCLUDE = re.compile(r"^\s*#\s*include\b\s*(?:([<\"])([^>\"]+)[>\"])?")
CLOCK = re.compile(r"\bnow\s*\(")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def matches(name, patterns):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def kind_of(include, quoted):
    """The name that TABLE uses for an included file, or None for one that it does not know."""
    if include.split("/")[0] in FOLDERS and "/" in include:
        return include.split("/")[0]
    if quoted:
        return None
    if include in STANDARD:
        return "standard"
    if matches(include, SYSTEM):
        return "system"
    return next((name for name, files in LIBRARIES.items() if matches(include, files)), None)


def breach_of(path, include, quoted):
    """One sentence, or None when `path` may include `include`."""
    folder, _, file = path.partition("/")
    kind = kind_of(include, quoted)
    says = f"{path} includes {include}; "
    if kind is None and quoted:
        return says + "includes start at the root of the project"
    if kind is None:
        return says + "the import table does not know it"
    if kind == "tests":
        return says + "nothing outside tests/ may include tests/"
    if kind == folder:
        return None
    allowed = TABLE[folder]
    if kind == "standard" and "sans-io" in allowed:
        return None if include in SANS_IO else says + f"{folder} may not include <{include}>"
    files = allowed.get(kind, ())
    if matches(file, files):
        return None
    if files in ((), MAIN):
        return says + f"{folder} may not include {kind}"
    return says + f"{folder} may include {kind} in {', '.join(files)} only"


def without_comments(text):
    return COMMENT.sub(lambda comment: "\n" * comment.group().count("\n"), text)


def breaches(sources):
    """Sentences for every breach in `sources`, a dict of path -> text."""
    found = []
    for path, text in sorted(sources.items()):
        folder = path.split("/")[0]
        lines = text.count("\n")
        if lines > LONGEST_FILE and folder != "tests":
            found.append(f"{path} has {lines} lines; {LONGEST_FILE} is the most a file may have")
        if folder not in TABLE or not path.endswith((".h", ".cc")):
            continue
        code = without_comments(text)
        for line in code.splitlines():
            include = INCLUDE.match(line)
            if not include:
                continue
            if include[2] is None:
                found.append(f"{path} includes what a macro names; nobody can check that")
                continue
            breach = breach_of(path, include[2], include[1] == '"')
            if breach:
                found.append(breach)
        if folder == "websocket" and CLOCK.search(code):
            found.append(f"{path} asks a clock for now(); in websocket time comes in from outside")
    return found


def sources_under(root):
    patterns = [f"{folder}/**/*.{suffix}" for folder in TABLE for suffix in ("h", "cc")]
    patterns += ["deploy/**/*.sh", "deploy/**/*.py"]
    return {
        file.relative_to(root).as_posix(): file.read_text(encoding="utf-8")
        for pattern in patterns
        for file in root.glob(pattern)
    }


class CheckTest(unittest.TestCase):
    """A breach must be found, and what is allowed must pass."""

    def expect(self, path, line, sentence):
        self.assertEqual(breaches({path: line + "\n"}), [sentence] if sentence else [])

    def test_allowed(self):
        for path, line in (
            ("websocket/frame.h", "#include <span>"),
            ("websocket/frame.cc", '#include "websocket/frame.h"'),
            ("capture/packet_source.cc", "#include <pcap.h>"),
            ("config/node.cc", "#include <yaml-cpp/parser.h>"),
            ("config/command_line.cc", "#include <CLI/CLI.hpp>"),
            ("capture/config.h", '#include "config/listen_address.h"'),
            ("proxy/config.cc", '#include "config/fields.h"'),
            ("metrics/http_endpoint.h", '#include "config/listen_address.h"'),
            ("capture/flow.h", '#include "websocket/bytes.h"'),
            ("capture/main.cc", '#include "metrics/registry.h"'),
            ("proxy/main_program.h", '#include "metrics/exporter.h"'),
            ("proxy/main_program.cc", '#include "sandbox/sandbox.h"'),
            ("sandbox/filter.h", "#include <seccomp.h>"),
            ("metrics/listener.cc", "#include <boost/asio.hpp>"),
            ("websocket/frame.h", "// #include <boost/asio.hpp>"),
            ("websocket/frame.h", "/*\n#include <mutex>\n*/"),
            ("websocket/frame.h", "// The caller's now() is not asked."),
            ("tests/capture/flow_test.cc", '#include "tests/support/packets.h"'),
        ):
            self.expect(path, line, None)

    def test_boost_in_capture(self):
        self.expect("capture/flow.cc", "#include <boost/asio.hpp>",
                    "capture/flow.cc includes boost/asio.hpp; capture may not include Boost")

    def test_pcap_in_a_second_file(self):
        self.expect("capture/flow.cc", "#  include <pcap/pcap.h>",
                    "capture/flow.cc includes pcap/pcap.h; "
                    "capture may include libpcap in packet_source.cc only")

    def test_yaml_outside_its_one_file(self):
        self.expect("config/value.cc", "#include <yaml-cpp/yaml.h>",
                    "config/value.cc includes yaml-cpp/yaml.h; "
                    "config may include yaml-cpp in node.cc only")
        self.expect("capture/config.cc", "#include <yaml-cpp/yaml.h>",
                    "capture/config.cc includes yaml-cpp/yaml.h; "
                    "capture may not include yaml-cpp")
        self.expect("proxy/config.cc", "#include <yaml-cpp/yaml.h>",
                    "proxy/config.cc includes yaml-cpp/yaml.h; "
                    "proxy may not include yaml-cpp")

    def test_command_line_parser_outside_config(self):
        self.expect("proxy/options.cc", "#include <CLI/CLI.hpp>",
                    "proxy/options.cc includes CLI/CLI.hpp; proxy may not include CLI11")

    def test_boost_in_a_header_of_metrics(self):
        self.expect("metrics/listener.h", "#include <boost/asio.hpp>",
                    "metrics/listener.h includes boost/asio.hpp; "
                    "metrics may include Boost in *.cc only")

    def test_folders_that_must_not_meet(self):
        self.expect("metrics/registry.cc", '#include "capture/flow.h"',
                    "metrics/registry.cc includes capture/flow.h; metrics may not include capture")
        self.expect("websocket/frame.cc", '#include "capture/segment.h"',
                    "websocket/frame.cc includes capture/segment.h; "
                    "websocket may not include capture")
        self.expect("config/value.h", '#include "capture/flow.h"',
                    "config/value.h includes capture/flow.h; config may not include capture")
        self.expect("websocket/frame.h", '#include "config/quantity.h"',
                    "websocket/frame.h includes config/quantity.h; "
                    "websocket may not include config")
        self.expect("capture/flow.cc", '#include "metrics/registry.h"',
                    "capture/flow.cc includes metrics/registry.h; "
                    "capture may not include metrics")

    def test_metrics_outside_of_main(self):
        for path in ("proxy/session.cc", "proxy/domain_main.h"):
            self.expect(path, '#include "metrics/exporter.h"',
                        f"{path} includes metrics/exporter.h; proxy may not include metrics")

    def test_sandbox_outside_of_main(self):
        for path in ("capture/packet_loop.cc", "proxy/worker.cc"):
            folder = path.split("/")[0]
            self.expect(path, '#include "sandbox/sandbox.h"',
                        f"{path} includes sandbox/sandbox.h; {folder} may not include sandbox")

    def test_what_the_sandbox_needs_not(self):
        self.expect("sandbox/user.cc", '#include "config/value.h"',
                    "sandbox/user.cc includes config/value.h; sandbox may not include config")
        self.expect("sandbox/user.cc", "#include <cap-ng.h>",
                    "sandbox/user.cc includes cap-ng.h; "
                    "sandbox may include libcap-ng in capabilities.cc only")

    def test_threads_in_websocket(self):
        self.expect("websocket/frame.h", "#include <mutex>",
                    "websocket/frame.h includes mutex; websocket may not include <mutex>")

    def test_system_in_websocket(self):
        self.expect("websocket/frame.cc", "#include <sys/socket.h>",
                    "websocket/frame.cc includes sys/socket.h; websocket may not include system")

    def test_clock_in_websocket(self):
        self.expect("websocket/outcome.cc", "auto at = std::chrono::system_clock::now();",
                    "websocket/outcome.cc asks a clock for now(); "
                    "in websocket time comes in from outside")

    def test_tests_from_outside(self):
        self.expect("capture/flow.cc", '#include "tests/support/packets.h"',
                    "capture/flow.cc includes tests/support/packets.h; "
                    "nothing outside tests/ may include tests/")

    def test_include_beside_the_file(self):
        self.expect("capture/flow.cc", '#include "segment.h"',
                    "capture/flow.cc includes segment.h; "
                    "includes start at the root of the project")

    def test_unknown_library(self):
        self.expect("capture/flow.cc", "#include <tins/tins.h>",
                    "capture/flow.cc includes tins/tins.h; the import table does not know it")

    def test_include_by_macro(self):
        self.expect("capture/flow.cc", "#include SEGMENT_HEADER",
                    "capture/flow.cc includes what a macro names; nobody can check that")

    def test_long_file(self):
        self.assertEqual(breaches({"capture/flow.cc": "\n" * 300}), [])
        self.assertEqual(breaches({"capture/flow.cc": "\n" * 301}),
                         ["capture/flow.cc has 301 lines; 300 is the most a file may have"])


class TreeTest(unittest.TestCase):
    root = pathlib.Path(__file__).resolve().parent.parent

    def test_sources_are_found(self):
        self.assertIn("websocket/outcome.h", sources_under(self.root))

    def test_tree_keeps_the_table(self):
        found = breaches(sources_under(self.root))
        self.assertFalse(found, "\n" + "\n".join(found))


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        TreeTest.root = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
