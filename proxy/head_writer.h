#ifndef CLOSEWATCH_PROXY_HEAD_WRITER_H_
#define CLOSEWATCH_PROXY_HEAD_WRITER_H_

#include <string>
#include <string_view>

#include "proxy/header_rules.h"

namespace proxy {

// Writes a head line by line; a route's rules have the last word on every field that they name.
class HeadWriter {
 public:
  // `rules` must live as long as the writer.
  HeadWriter(std::string start_line, const HeaderRules& rules);

  void add(std::string_view name, std::string_view value);
  // Host, which the rules can only set.
  void add_host(std::string_view host);
  // The whole head. Nothing can be added behind this.
  std::string finish();

 private:
  bool is_ruled(std::string_view name) const;
  void append(std::string_view name, std::string_view value);

  std::string text_;
  const HeaderRules& rules_;
};

}  // namespace proxy

#endif  // CLOSEWATCH_PROXY_HEAD_WRITER_H_
