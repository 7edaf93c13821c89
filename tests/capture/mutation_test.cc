// No edit of a capture makes us say a code that is not true.

#include "tests/support/mutation.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/endings.h"

namespace {

using support::Edit;
using support::Invention;

const std::filesystem::path kFolder = CLOSEWATCH_SHARED_CAPTURES;
// Each edit of each packet reads the whole file again.
constexpr std::size_t kMostPackets = 300;

// Its Close was sent twice, with two codes in the same place: the first to arrive counts, and
// nobody can know of the first when it is gone.
constexpr std::string_view kTwoTruths = "derived/close_inconsistent_retransmit.pcap";
constexpr std::size_t kFirstOfThem = 10;

TEST(Mutation, NoEditOfACaptureInventsACode) {
  if (!std::filesystem::exists(kFolder / "truth.json")) {
    GTEST_SKIP() << "no captures by other projects in " << kFolder;
  }
  const auto truth = nlohmann::json::parse(std::ifstream{kFolder / "truth.json"});
  int files = 0;
  for (const auto& [file, unused] : truth.items()) {
    SCOPED_TRACE(file);
    int link_type = 0;
    const auto packets = support::read_packets(kFolder / file, link_type);
    if (packets.size() > kMostPackets) continue;
    ++files;
    for (const Invention& invention : inventions(packets, {.link_type = link_type})) {
      if (file == kTwoTruths && invention.packet == kFirstOfThem) continue;
      ADD_FAILURE() << to_string(invention);
    }
  }
  EXPECT_GT(files, 60);
}

TEST(Mutation, NoEditOfAConversationInventsACode) {
  for (const support::Ending& ending : support::endings()) {
    SCOPED_TRACE(ending.name);
    for (const Invention& invention : inventions(packets_of(ending), {})) {
      ADD_FAILURE() << to_string(invention);
    }
  }
}

}  // namespace
