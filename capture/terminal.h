#ifndef CLOSEWATCH_CAPTURE_TERMINAL_H_
#define CLOSEWATCH_CAPTURE_TERMINAL_H_

#include <cstddef>
#include <optional>

#include "capture/options.h"
#include "capture/packet_loop.h"
#include "capture/progress.h"
#include "capture/report.h"

namespace capture {

// Columns of the terminal that standard output is; 0 when it is none.
std::size_t terminal_width();

// The progress of reading, on standard error if that is a terminal and it is wanted.
class TerminalProgress final : public PacketLoop::ReadProgress {
 public:
  explicit TerminalProgress(bool wanted);
  void read(const PacketSource::Progress& progress) override;
  // Takes the line away; the next savefile begins anew.
  void finish();

 private:
  bool enabled_;
  std::optional<Progress> bar_;
};

// The report on standard output; a table as wide as the terminal, in colour unless NO_COLOR is set.
// Nothing for JSON, which is written as connections end.
void print_to_terminal(const Report& report, Output output);

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_TERMINAL_H_
