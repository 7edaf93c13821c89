#ifndef CLOSEWATCH_CAPTURE_OPTION_TABLE_H_
#define CLOSEWATCH_CAPTURE_OPTION_TABLE_H_

#include <span>
#include <string>
#include <string_view>

#include "capture/options.h"

namespace capture {

// What the rows below fill.
struct Parse {
  Options options;
  bool help = false;
  bool version = false;
};

// What a row expected instead of the value; empty when it is fine.
using Expected = std::string;

// One option: its value, or none for a flag, and what becomes of it.
struct OptionRow {
  std::string_view names;  // as CLI11 takes them, the long one last
  std::string_view value;
  std::string_view group;
  std::string_view help;
  Expected (*read)(const std::string& value, Parse& parse);
};

std::span<const OptionRow> option_rows();

// The long name of a row, "--interface".
std::string_view long_name(const OptionRow& row);

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_OPTION_TABLE_H_
