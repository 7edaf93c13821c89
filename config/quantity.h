#ifndef CLOSEWATCH_CONFIG_QUANTITY_H_
#define CLOSEWATCH_CONFIG_QUANTITY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "websocket/bytes.h"

namespace config {

// Numbers with units as people write them in a configuration and on the command line. Each parse
// takes the whole text or nothing.

// Decimal digits only.
std::optional<std::uint64_t> parse_number(std::string_view text);

// "2.5": digits and at most one point.
std::optional<double> parse_decimal(std::string_view text);

// "5%" or "0.05": 0.05.
std::optional<double> parse_share(std::string_view text);

// Bytes: "64MiB", "512KiB", "1GB", "65536", "65536B". `unit` is what a bare number counts.
std::optional<std::uint64_t> parse_size(std::string_view text, std::uint64_t unit = 1);

// "250ms", "5s", "1h30m"; the units are ns, us, ms, s, m, h and d. 0 needs none.
std::optional<websocket::Duration> parse_duration(std::string_view text);

// The shortest exact form that the parsers above read back: "64MiB", "1h30m".
std::string size_text(std::uint64_t bytes);
std::string duration_text(websocket::Duration duration);
std::string decimal_text(double decimal);

}  // namespace config

#endif  // CLOSEWATCH_CONFIG_QUANTITY_H_
