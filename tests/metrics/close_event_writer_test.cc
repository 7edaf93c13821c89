#include "metrics/close_event_writer.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "tests/metrics/ended_connection.h"

namespace metrics {
namespace {

using test::EndedConnection;

class CloseEventWriterTest : public testing::Test {
 protected:
  ~CloseEventWriterTest() override { std::filesystem::remove_all(folder_); }

  // How many lines are written of these connections.
  std::size_t written(const CloseEventWriter::Options& options,
                      const std::vector<EndedConnection>& connections) {
    const std::string path = folder_ + "/events";
    {
      EventLog log{{.sink = EventSink::file, .path = path}};
      CloseEventWriter writer{&log, services_, profiles_, options};
      for (const EndedConnection& connection : connections) writer.write(connection.summary());
    }
    std::ifstream file(path);
    std::size_t lines = 0;
    for (std::string line; std::getline(file, line);) ++lines;
    std::filesystem::remove(path);
    return lines;
  }

  static EndedConnection ended(websocket::ObservedCode code, websocket::CodeClass code_class,
                               websocket::Cause cause = websocket::Cause::closing_handshake) {
    EndedConnection connection;
    connection.observed(code, code);
    connection.outcome.code_class = code_class;
    connection.outcome.cause = cause;
    return connection;
  }

  static std::string make_folder() {
    std::string folder = (std::filesystem::temp_directory_path() / "closewatch-XXXXXX").string();
    return mkdtemp(folder.data()) != nullptr ? folder : throw std::runtime_error("no folder");
  }

  std::string folder_ = make_folder();
  Services services_{{"default"}};
  CodeProfiles profiles_;
};

TEST_F(CloseEventWriterTest, AbnormalOnesAlone) {
  using websocket::CodeClass;
  const std::vector<EndedConnection> connections{
      ended(1000, CodeClass::normal),
      ended(1012, CodeClass::restart),
      ended(4001, CodeClass::application),
      ended(1006, CodeClass::abnormal, websocket::Cause::reset),
      ended(1011, CodeClass::error),
      ended(1008, CodeClass::policy),
      ended(1006, CodeClass::abnormal, websocket::Cause::shutdown),
      ended(std::nullopt, CodeClass::unknown, websocket::Cause::gap)};
  EXPECT_EQ(written({.observed_by = "proxy"}, connections), 8U);
  EXPECT_EQ(written({.observed_by = "proxy", .only = config::EventKind::abnormal}, connections),
            3U);
}

TEST_F(CloseEventWriterTest, ASampleIsEvenAndBeginsWithTheFirst) {
  const std::vector<EndedConnection> one(1);
  const std::vector<EndedConnection> hundred(100);
  EXPECT_EQ(written({.observed_by = "proxy", .sample = 0.25}, one), 1U);
  EXPECT_EQ(written({.observed_by = "proxy", .sample = 0.25}, hundred), 25U);
  EXPECT_EQ(written({.observed_by = "proxy", .sample = 0.75}, hundred), 75U);
}

TEST_F(CloseEventWriterTest, WhatIsOpenOrWasCountedBeforeIsNoClose) {
  EndedConnection open;
  open.open = true;
  EndedConnection revived;
  revived.counted_before = true;
  EXPECT_EQ(written({.observed_by = "capture"}, {open, revived}), 0U);
}

TEST(EventLogOptions, SayWhere) {
  EXPECT_FALSE(event_log_options({}));
  EXPECT_EQ(event_log_options({.to = "-"})->sink, EventSink::standard_output);
  EXPECT_EQ(event_log_options({.to = "stderr"})->sink, EventSink::standard_error);
  EXPECT_EQ(event_log_options({.to = "/var/log/closes"})->path, "/var/log/closes");
}

}  // namespace
}  // namespace metrics
