#ifndef CLOSEWATCH_CAPTURE_SIGNALS_H_
#define CLOSEWATCH_CAPTURE_SIGNALS_H_

namespace capture {

// SIGINT, SIGTERM and SIGHUP as a descriptor to poll, so that they take effect between two packets.
// Call it before any thread is started: the signals are blocked for all of them.
int signal_descriptor();
// The signal that made the descriptor readable; 0 for none.
int take_signal(int descriptor);

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_SIGNALS_H_
