#ifndef CLOSEWATCH_CAPTURE_REPORT_TABLE_H_
#define CLOSEWATCH_CAPTURE_REPORT_TABLE_H_

#include <cstddef>
#include <ostream>

#include "capture/report.h"

namespace capture {

struct TableStyle {
  std::size_t width = 0;  // columns of the terminal; 0: as wide as it gets
  bool color = false;     // with the escape sequences of a terminal
};

// The report for people: the connections in the order in which they ended, then the totals. Where
// the terminal is too narrow, names of codes and ends of paths go first.
void print_table(const Report& report, std::ostream& out, const TableStyle& style);

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_REPORT_TABLE_H_
