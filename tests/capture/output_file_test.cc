#include "capture/output_file.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "capture/capture_error.h"

namespace capture {
namespace {

class OutputFileTest : public testing::Test {
 protected:
  OutputFileTest() { std::ofstream(path_) << "what was there before"; }
  ~OutputFileTest() override { std::remove(path_.c_str()); }

  std::string contents() const {
    std::ostringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }

  const std::string path_ = testing::TempDir() + "closewatch-output-file";
};

TEST_F(OutputFileTest, KeepsWhatIsThereUntilItIsFilled) {
  OutputFile file{path_};
  EXPECT_EQ(contents(), "what was there before");
  file.fill("short");
  EXPECT_EQ(contents(), "short");
}

TEST_F(OutputFileTest, IsCreated) {
  std::remove(path_.c_str());
  OutputFile{path_}.fill("new");
  EXPECT_EQ(contents(), "new");
}

TEST_F(OutputFileTest, MayBeSomethingWithoutContents) { OutputFile{"/dev/null"}.fill("gone"); }

TEST_F(OutputFileTest, WhatCannotBeWrittenIsOneSentence) {
  EXPECT_THROW(OutputFile{"/proc/absent/file"}, CaptureError);
  try {
    OutputFile{"/dev/full"}.fill("too much");
    ADD_FAILURE();
  } catch (const CaptureError& error) {
    EXPECT_STREQ(error.what(), "cannot write to /dev/full: No space left on device");
  }
}

}  // namespace
}  // namespace capture
