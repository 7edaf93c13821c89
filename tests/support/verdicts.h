#ifndef CLOSEWATCH_TESTS_SUPPORT_VERDICTS_H_
#define CLOSEWATCH_TESTS_SUPPORT_VERDICTS_H_

#include <string>
#include <vector>

#include "tests/support/conversation.h"
#include "tests/support/observed.h"

namespace support {

// What is said of the connections in these packets, in the order in which they end.
inline std::vector<std::string> verdicts(const std::vector<TestPacket>& packets,
                                         const TrackOptions& options = {}) {
  Observations seen;
  track(packets, seen, options);
  std::vector<std::string> texts;
  for (const ObservedConnection& connection : seen.connections) {
    texts.push_back(connection.verdict());
  }
  return texts;
}

inline std::vector<std::string> verdicts(const Conversation& c, const TrackOptions& options = {}) {
  return verdicts(c.packets(), options);
}

// The names of the results of the opening handshakes in these packets.
inline std::vector<std::string> handshake_results(const std::vector<TestPacket>& packets,
                                                  const TrackOptions& options = {}) {
  Observations seen;
  track(packets, seen, options);
  std::vector<std::string> names;
  for (const websocket::HandshakeResult result : seen.handshakes) {
    names.emplace_back(name(result));
  }
  return names;
}

}  // namespace support

#endif  // CLOSEWATCH_TESTS_SUPPORT_VERDICTS_H_
