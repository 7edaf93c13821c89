#ifndef CLOSEWATCH_CAPTURE_STOP_SIGNALS_H_
#define CLOSEWATCH_CAPTURE_STOP_SIGNALS_H_

namespace capture {

// SIGINT and SIGTERM as a descriptor to poll, so that a capture ends between two packets. Call it
// before any thread is started: the signals are blocked for all of them.
int stop_signals();

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_STOP_SIGNALS_H_
