#ifndef CLOSEWATCH_TESTS_METRICS_EXPOSITION_READER_H_
#define CLOSEWATCH_TESTS_METRICS_EXPOSITION_READER_H_

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace metrics::test {

// Reads the Prometheus text format 0.0.4; throws std::runtime_error with the line that breaks it.
// Written from the format's description, not from what the exporter writes.
class Exposition {
 public:
  using Labels = std::map<std::string, std::string>;

  explicit Exposition(std::string_view text) {
    if (!text.empty() && text.back() != '\n') throw std::runtime_error("no line feed at the end");
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      read_line(text.substr(0, end));
      text.remove_prefix(end + 1);
    }
  }

  // The value of the sample with exactly these labels; nothing when there is none.
  std::optional<double> find(const std::string& name, const Labels& labels = {}) const {
    const auto sample = samples.find({name, labels});
    if (sample == samples.end()) return std::nullopt;
    return sample->second;
  }

  std::size_t count(const std::string& name) const {
    std::size_t found = 0;
    for (const auto& [key, value] : samples) found += key.first == name ? 1U : 0U;
    return found;
  }

  // Of those, how many are not 0.
  std::size_t count_nonzero(const std::string& name) const {
    std::size_t found = 0;
    for (const auto& [key, value] : samples) found += key.first == name && value != 0 ? 1U : 0U;
    return found;
  }

  std::map<std::pair<std::string, Labels>, double> samples;
  std::map<std::string, std::string> types;
  std::map<std::string, std::string> helps;

 private:
  static void require(bool condition, std::string_view line) {
    if (!condition) throw std::runtime_error("not in the text format: " + std::string(line));
  }

  void read_line(std::string_view line) {
    if (line.empty() || line == "# EOF") return;
    if (line.starts_with("# HELP ")) return read_comment(line, helps);
    if (line.starts_with("# TYPE ")) return read_comment(line, types);
    require(!line.starts_with('#'), line);
    read_sample(line);
  }

  static void read_comment(std::string_view line, std::map<std::string, std::string>& comments) {
    const std::string_view rest = line.substr(7);
    const std::size_t space = rest.find(' ');
    require(space != std::string_view::npos, line);
    const bool is_new =
        comments.emplace(std::string(rest.substr(0, space)), rest.substr(space + 1)).second;
    require(is_new, line);
  }

  void read_sample(std::string_view line) {
    const std::size_t name_end = line.find_first_of("{ ");
    require(name_end != std::string_view::npos && name_end > 0, line);
    std::string name(line.substr(0, name_end));
    std::string_view rest = line.substr(name_end);
    Labels labels;
    if (rest.starts_with('{')) {
      rest.remove_prefix(1);
      while (!rest.starts_with('}')) read_label(line, rest, labels);
      rest.remove_prefix(1);
    }
    require(rest.starts_with(' '), line);
    std::size_t used = 0;
    const std::string number(rest.substr(1));
    const double value = std::stod(number, &used);
    require(used == number.size(), line);
    const bool is_new =
        samples.emplace(std::pair{std::move(name), std::move(labels)}, value).second;
    require(is_new, line);
  }

  static void read_label(std::string_view line, std::string_view& rest, Labels& labels) {
    const std::size_t equals = rest.find("=\"");
    require(equals != std::string_view::npos && equals > 0, line);
    const std::string name(rest.substr(0, equals));
    rest.remove_prefix(equals + 2);
    std::string value;
    while (!rest.starts_with('"')) {
      require(!rest.empty(), line);
      if (rest.front() == '\\') {
        rest.remove_prefix(1);
        require(!rest.empty(), line);
        value += rest.front() == 'n' ? '\n' : rest.front();
      } else {
        value += rest.front();
      }
      rest.remove_prefix(1);
    }
    rest.remove_prefix(1);
    if (rest.starts_with(',')) rest.remove_prefix(1);
    require(labels.emplace(name, value).second, line);
  }
};

}  // namespace metrics::test

#endif  // CLOSEWATCH_TESTS_METRICS_EXPOSITION_READER_H_
