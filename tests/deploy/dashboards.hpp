// The Grafana dashboards of deploy/grafana, as tests read them.
#pragma once

#include <boost/json/object.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace a2od::deploy {

/// What one target of a panel asks.
struct Question {
  std::string panel;
  std::size_t target = 0;  ///< its place among those of the panel
  std::string expression;  ///< as in the file, with Grafana's variables
  bool instant = false;    ///< not over the time shown
};

struct Dashboard {
  std::string file;  ///< without its folder
  std::string title;
  boost::json::object model;

  [[nodiscard]] const boost::json::array& panels() const;
  [[nodiscard]] const boost::json::array& variables() const;
  [[nodiscard]] std::vector<Question> questions() const;
};

/// All of them, by file name; throws where one cannot be read.
[[nodiscard]] std::vector<Dashboard> read_dashboards();

/// A text member, empty where there is none.
[[nodiscard]] std::string text_of(const boost::json::object& object, std::string_view name);

/// With these durations in place of $__rate_interval and $__range.
[[nodiscard]] std::string with_durations(std::string expression, std::string_view rate_interval,
                                         std::string_view range);

/// What Grafana makes of it when everything is chosen: matchers let all pass, too.
[[nodiscard]] std::string filled_in(std::string expression, std::string_view rate_interval, std::string_view range);

/// label_values(SELECTOR, LABEL), the one kind of query that the variables use.
struct LabelValues {
  std::string selector;
  std::string label;
};
/// Both empty where it is something else.
[[nodiscard]] LabelValues label_values(std::string_view query);

}  // namespace a2od::deploy
