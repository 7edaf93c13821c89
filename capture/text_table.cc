#include "capture/text_table.h"

#include <algorithm>
#include <utility>

#include "config/printable.h"

namespace capture {
namespace {

constexpr std::size_t kBetween = 2;

}  // namespace

TextTable::TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {
  for (Column& column : columns_) column.width = std::max(column.width, column.title.size());
}

void TextTable::fit(const std::vector<std::string>& cells) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    columns_[i].width = std::max(columns_[i].width, cells[i].size());
  }
}

std::size_t TextTable::width() const {
  std::size_t width = kBetween * (columns_.size() - 1);
  for (const Column& column : columns_) width += column.width;
  return width;
}

void TextTable::narrow(std::size_t column, std::size_t excess, std::size_t least) {
  std::size_t& width = columns_[column].width;
  if (width > least) width -= std::min(excess, width - least);
}

std::string TextTable::titles() const {
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  return line(titles);
}

std::string TextTable::line(const std::vector<std::string>& cells) const {
  std::string line;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) line.append(kBetween, ' ');
    const std::string cell = config::fitted(cells[i], columns_[i].width);
    const std::size_t padding = columns_[i].width - cell.size();
    if (columns_[i].align == Align::right) line.append(padding, ' ');
    line += cell;
    if (columns_[i].align == Align::left) line.append(padding, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace capture
