#include "capture/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

#include "capture/report_csv.h"
#include "capture/report_table.h"

namespace capture {

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

TerminalProgress::TerminalProgress(bool wanted) : enabled_(wanted && isatty(STDERR_FILENO) == 1) {}

void TerminalProgress::read(const PacketSource::Progress& progress) {
  const auto now = std::chrono::steady_clock::now();
  if (!bar_) bar_.emplace(std::cerr, progress.size, enabled_, now);
  bar_->update(progress.bytes_read, now);
}

void TerminalProgress::finish() {
  if (bar_) bar_->finish();
  bar_.reset();
}

void print_to_terminal(const Report& report, Output output) {
  if (output == Output::csv) print_csv(report, std::cout);
  if (output != Output::table) return;
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  const char* no_color = std::getenv("NO_COLOR");
  const bool color = terminal && (no_color == nullptr || *no_color == '\0');
  print_table(report, std::cout, {.width = terminal ? terminal_width() : 0, .color = color});
}

}  // namespace capture
