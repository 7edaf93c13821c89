#ifndef CLOSEWATCH_CAPTURE_OPTION_TABLE_H_
#define CLOSEWATCH_CAPTURE_OPTION_TABLE_H_

#include <span>

#include "capture/options.h"

namespace capture {

// In the order of the help text.
std::span<const config::OptionRow<Options>> option_rows();

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_OPTION_TABLE_H_
