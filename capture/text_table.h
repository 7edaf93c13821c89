#ifndef CLOSEWATCH_CAPTURE_TEXT_TABLE_H_
#define CLOSEWATCH_CAPTURE_TEXT_TABLE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace capture {

enum class Align : bool { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
  std::size_t width = 0;
};

// Aligned columns, two blanks apart. A cell is printable text, one column a character; one that is
// too wide is cut.
class TextTable {
 public:
  explicit TextTable(std::vector<Column> columns);

  // Makes the columns wide enough for these cells.
  void fit(const std::vector<std::string>& cells);

  std::size_t width() const;
  // Takes up to `excess` from a column, down to `least`.
  void narrow(std::size_t column, std::size_t excess, std::size_t least);

  std::string titles() const;
  // Without blanks at the end and without the line's end.
  std::string line(const std::vector<std::string>& cells) const;

 private:
  std::vector<Column> columns_;
};

}  // namespace capture

#endif  // CLOSEWATCH_CAPTURE_TEXT_TABLE_H_
