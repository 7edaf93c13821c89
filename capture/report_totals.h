#ifndef CLOSEWATCH_CAPTURE_REPORT_TOTALS_H_
#define CLOSEWATCH_CAPTURE_REPORT_TOTALS_H_

#include <ostream>

#include "capture/report.h"

namespace capture {

// The summary below the table: codes by who observed them, causes by who ended the connection, and
// how many connections and failed opening handshakes there were.
void print_totals(const ReportTotals& totals, std::ostream& out);

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_REPORT_TOTALS_H_
