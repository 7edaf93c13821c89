#ifndef CLOSEWATCH_CONFIG_PRINTABLE_H_
#define CLOSEWATCH_CONFIG_PRINTABLE_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace config {

// Bytes from outside for people to read: printable ASCII stays, any other byte and the backslash
// are escaped (`\x1b`, `\\`), so the result has one column a character and no terminal obeys it.
// Cut to `most` characters, the last three of them "...".
std::string printable(std::string_view bytes, std::size_t most);

// `text` (printable) cut to `width` columns, the last three "..." when it had to be.
std::string fitted(std::string_view text, std::size_t width);

}  // namespace config

#endif  // CLOSEWATCH_CONFIG_PRINTABLE_H_
