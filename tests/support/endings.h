#ifndef CLOSEWATCH_TESTS_SUPPORT_ENDINGS_H_
#define CLOSEWATCH_TESTS_SUPPORT_ENDINGS_H_

#include <string>
#include <vector>

#include "tests/support/conversation.h"

namespace support {

// A conversation that ends in one of the usual ways, and what is to be said of it.
struct Ending {
  std::string name;
  std::string verdict;  // of the (last) connection, see ObservedConnection::verdict()
  ConversationOptions options{};
  void (*tell)(Conversation& c);
};

std::vector<Ending> endings();

// The packets of an ending, with the TCP handshake and the upgrade before it.
std::vector<TestPacket> packets_of(const Ending& ending);

}  // namespace support

#endif  // CLOSEWATCH_TESTS_SUPPORT_ENDINGS_H_
