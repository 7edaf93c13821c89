#ifndef CLOSEWATCH_CAPTURE_REPORT_CSV_H_
#define CLOSEWATCH_CAPTURE_REPORT_CSV_H_

#include <ostream>
#include <string>
#include <string_view>

#include "capture/report.h"

namespace capture {

// A field as RFC 4180 wants it: in quotes where it must be. A text that a spreadsheet would take
// for a formula gets an apostrophe in front; no path or host that is one begins so.
std::string csv_field(std::string_view text);

// The connections with a header line, lines ended by CRLF (RFC 4180). Times and numbers are those
// of the close event; host and path are printable(). Says nothing of connections that are not kept.
void print_csv(const Report& report, std::ostream& out);

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_REPORT_CSV_H_
