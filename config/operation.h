#ifndef CLOSEWATCH_CONFIG_OPERATION_H_
#define CLOSEWATCH_CONFIG_OPERATION_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/alert_options.h"
#include "config/command_line.h"
#include "config/fields.h"
#include "config/member.h"

namespace config {

enum class LogLevel : std::uint8_t { debug, info, warning, error };
inline constexpr std::array<std::string_view, 4> kLogLevelNames{"debug", "info", "warning",
                                                                "error"};
enum class LogFormat : std::uint8_t { logfmt, json };
inline constexpr std::array<std::string_view, 2> kLogFormatNames{"logfmt", "json"};

// The program's own log.
struct LogOptions {
  LogLevel level = LogLevel::info;  // and what is graver
  LogFormat format = LogFormat::logfmt;

  friend bool operator==(const LogOptions&, const LogOptions&) = default;
};

// `abnormal`: an endpoint observed 1006, or a code of the class error or policy.
enum class EventKind : std::uint8_t { all, abnormal };
inline constexpr std::array<std::string_view, 2> kEventKindNames{"all", "abnormal"};

// The log of close events.
struct EventOptions {
  std::string to = "off";  // "stderr", "-" for standard output, "off", or a file
  EventKind only = EventKind::all;
  double sample = 1;  // the share of those that is written, 1 is all

  bool off() const { return to == "off"; }
  friend bool operator==(const EventOptions&, const EventOptions&) = default;
};

// How a program tells its operators what it sees, whatever it is that it sees.
struct Operation {
  LogOptions log;
  EventOptions events;
  AlertOptions alerts;
};

inline constexpr auto kLogKeys = std::to_array<Key<LogOptions>>({
    {"level", field<&LogOptions::level, word<LogLevel, kLogLevelNames>>},
    {"format", field<&LogOptions::format, word<LogFormat, kLogFormatNames>>},
});

std::optional<std::string> event_sink(const Value& value);
std::optional<double> sample_share(const Value& value);
inline constexpr auto kEventKeys = std::to_array<Key<EventOptions>>({
    {"to", field<&EventOptions::to, event_sink>},
    {"only", field<&EventOptions::only, word<EventKind, kEventKindNames>>},
    {"sample", field<&EventOptions::sample, sample_share>},
});

// Rows for the tables of keys of a configuration that has an Operation.
template <class Config>
constexpr std::array<Key<Config>, 3> operation_keys() {
  return {
      {{"log", [](const Value& value,
                  Config& config) { read_mapping(value, kLogKeys, config.operation.log); }},
       {"events", [](const Value& value,
                     Config& config) { read_mapping(value, kEventKeys, config.operation.events); }},
       {"alerts",
        [](const Value& value, Config& config) { read_alerts(value, config.operation.alerts); }}}};
}

// The same from a command line; absent means not said.
struct OperationFlags {
  std::optional<std::string> events;
  std::optional<EventKind> events_only;
  std::optional<double> events_sample;
  std::optional<LogLevel> log_level;
  std::optional<LogFormat> log_format;

  bool any_of_events() const { return events || events_only || events_sample; }
  // What was said comes before what was configured.
  void override_in(Operation& operation) const;
};

// Readers of its options.
Expected read_events(const std::string& value, OperationFlags& flags);
Expected read_events_only(const std::string& value, OperationFlags& flags);
Expected read_events_sample(const std::string& value, OperationFlags& flags);
Expected read_log_level(const std::string& value, OperationFlags& flags);
Expected read_log_format(const std::string& value, OperationFlags& flags);

template <auto Read, class Options>
Expected in_operation(const std::string& value, Options& options) {
  return Read(value, options.operation);
}

// Rows for the tables of options of a program whose Options have OperationFlags as `operation`;
// `group` is their heading.
template <class Options>
constexpr std::array<OptionRow<Options>, 5> operation_rows(std::string_view group) {
  return {{
      {{"--events", "FILE", group,
        "append a line of JSON for each connection that\nended; stderr, or - for standard output "
        "[off]"},
       in_operation<read_events, Options>},
      {{"--events-only", "KIND", group, "all of them, or abnormal ends alone [all]"},
       in_operation<read_events_only, Options>},
      {{"--events-sample", "SHARE", group, "write this share of them, such as 10% [100%]"},
       in_operation<read_events_sample, Options>},
      {{"--log-level", "LEVEL", group, "debug, info, warning or error [info]"},
       in_operation<read_log_level, Options>},
      {{"--log-format", "FORMAT", group, "logfmt or json [logfmt]"},
       in_operation<read_log_format, Options>},
  }};
}

// Several tables as one.
template <class Row, std::size_t N, std::size_t M>
constexpr std::array<Row, N + M> joined(const std::array<Row, N>& one,
                                        const std::array<Row, M>& other) {
  std::array<Row, N + M> rows{};
  for (std::size_t i = 0; i < N; ++i) rows[i] = one[i];
  for (std::size_t i = 0; i < M; ++i) rows[N + i] = other[i];
  return rows;
}

}  // namespace config

#endif  // CLOSEWATCH_CONFIG_OPERATION_H_
