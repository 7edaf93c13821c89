#ifndef CLOSEWATCH_METRICS_PROGRAM_LOG_H_
#define CLOSEWATCH_METRICS_PROGRAM_LOG_H_

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "config/operation.h"

namespace metrics {

// What stands beside a message.
struct LogField {
  std::string_view key;  // [a-z_]+
  std::string value;
};

// The program's own log on standard error: one line an entry, with its time and level, in logfmt
// or as a JSON object. Whatever a value holds, it can forge neither a line nor an escape sequence
// of a terminal. Thread-safe.
class ProgramLog {
 public:
  explicit ProgramLog(const config::LogOptions& options);
  ProgramLog(const ProgramLog&) = delete;
  ProgramLog& operator=(const ProgramLog&) = delete;
  ~ProgramLog();

  using Fields = std::initializer_list<LogField>;
  void debug(std::string_view message, Fields fields = {}) const;
  void info(std::string_view message, Fields fields = {}) const;
  void warning(std::string_view message, Fields fields = {}) const;
  void error(std::string_view message, Fields fields = {}) const;

 private:
  class Logger;
  std::unique_ptr<Logger> logger_;
};

// The part of a line behind the time and the level: msg="..." key=value.
std::string logfmt_text(std::string_view message, ProgramLog::Fields fields);
// "msg":"...","key":"value"
std::string json_text(std::string_view message, ProgramLog::Fields fields);

}  // namespace metrics

#endif  // CLOSEWATCH_METRICS_PROGRAM_LOG_H_
