#ifndef CLOSEWATCH_PROXY_OPTION_TABLE_H_
#define CLOSEWATCH_PROXY_OPTION_TABLE_H_

#include <span>

#include "proxy/options.h"

namespace proxy {

// In the order of the help text.
std::span<const config::OptionRow<Options>> option_rows();

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_OPTION_TABLE_H_
