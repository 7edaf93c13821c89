#include "metrics/program_log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace metrics {
namespace {

using config::LogFormat;
using config::LogLevel;

// Between quotes in either format; ASCII alone, what is not UTF-8 is replaced.
std::string in_quotes(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

bool needs_quotes(std::string_view text) {
  return text.empty() || !std::ranges::all_of(text, [](char c) {
           return c > 0x20 && c < 0x7f && c != '"' && c != '=' && c != '\\';
         });
}

spdlog::level::level_enum level_of(LogLevel level) {
  constexpr std::array kLevels{spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                               spdlog::level::err};
  return kLevels[static_cast<std::size_t>(level)];
}

constexpr const char* kTime = "%Y-%m-%dT%H:%M:%S.%eZ";

std::string pattern(LogFormat format) {
  return format == LogFormat::logfmt
             ? std::string("time=") + kTime + " level=%l %v"
             : std::string(R"({"time":")") + kTime + R"(","level":"%l",%v})";
}

}  // namespace

class ProgramLog::Logger {
 public:
  explicit Logger(const config::LogOptions& options)
      : format_(options.format),
        logger_("closewatch", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger_.set_formatter(std::make_unique<spdlog::pattern_formatter>(
        pattern(format_), spdlog::pattern_time_type::utc));
    logger_.set_level(level_of(options.level));
    logger_.flush_on(spdlog::level::debug);
  }

  void log(LogLevel level, std::string_view message, Fields fields) {
    const auto to = level_of(level);
    if (!logger_.should_log(to)) return;
    logger_.log(to,
                spdlog::string_view_t(format_ == LogFormat::logfmt ? logfmt_text(message, fields)
                                                                   : json_text(message, fields)));
  }

 private:
  LogFormat format_;
  spdlog::logger logger_;
};

ProgramLog::ProgramLog(const config::LogOptions& options)
    : logger_(std::make_unique<Logger>(options)) {}
ProgramLog::~ProgramLog() = default;

void ProgramLog::debug(std::string_view message, Fields fields) const {
  logger_->log(LogLevel::debug, message, fields);
}
void ProgramLog::info(std::string_view message, Fields fields) const {
  logger_->log(LogLevel::info, message, fields);
}
void ProgramLog::warning(std::string_view message, Fields fields) const {
  logger_->log(LogLevel::warning, message, fields);
}
void ProgramLog::error(std::string_view message, Fields fields) const {
  logger_->log(LogLevel::error, message, fields);
}

std::string logfmt_text(std::string_view message, ProgramLog::Fields fields) {
  std::string text = "msg=" + in_quotes(message);
  for (const LogField& field : fields) {
    text.append(" ").append(field.key).append("=");
    text += needs_quotes(field.value) ? in_quotes(field.value) : field.value;
  }
  return text;
}

std::string json_text(std::string_view message, ProgramLog::Fields fields) {
  std::string text = "\"msg\":" + in_quotes(message);
  for (const LogField& field : fields) {
    text.append(",\"").append(field.key).append("\":").append(in_quotes(field.value));
  }
  return text;
}

}  // namespace metrics
