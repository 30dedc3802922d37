#include "tests/deploy/dashboards.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace a2od::deploy {

namespace json = boost::json;

namespace {

const json::array kNone;

Dashboard read_dashboard(const std::filesystem::path& path) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  Dashboard dashboard{path.filename().string(), {}, json::parse(text).as_object()};
  dashboard.title = text_of(dashboard.model, "title");
  return dashboard;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

}  // namespace

std::string text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

const json::array& Dashboard::panels() const { return model.at("panels").as_array(); }

const json::array& Dashboard::variables() const { return model.at("templating").at("list").as_array(); }

std::vector<Question> Dashboard::questions() const {
  std::vector<Question> all;
  for (const auto& panel : panels()) {
    const auto* targets = panel.as_object().if_contains("targets");
    std::size_t place = 0;
    for (const auto& target : targets == nullptr ? kNone : targets->as_array()) {
      const auto& object = target.as_object();
      const auto* instant = object.if_contains("instant");
      all.push_back({text_of(panel.as_object(), "title"), place++, text_of(object, "expr"),
                     instant != nullptr && instant->as_bool()});
    }
  }
  return all;
}

std::vector<Dashboard> read_dashboards() {
  std::vector<Dashboard> all;
  for (const auto& entry : std::filesystem::directory_iterator(A2OD_SOURCE_DIR "/deploy/grafana/dashboards"))
    if (entry.path().extension() == ".json") all.push_back(read_dashboard(entry.path()));
  std::ranges::sort(all, {}, &Dashboard::file);
  return all;
}

std::string with_durations(std::string expression, std::string_view rate_interval, std::string_view range) {
  replace_all(expression, "$__rate_interval", rate_interval);
  replace_all(expression, "$__range", range);
  return expression;
}

std::string filled_in(std::string expression, std::string_view rate_interval, std::string_view range) {
  expression = with_durations(std::move(expression), rate_interval, range);
  for (const auto* name : {"$job", "$instance"}) replace_all(expression, name, ".+");
  for (const auto* name : {"$tenant", "$environment"}) replace_all(expression, name, ".*");
  return expression;
}

LabelValues label_values(std::string_view query) {
  constexpr std::string_view kBegin = "label_values(";
  const auto comma = query.rfind(", ");
  if (!query.starts_with(kBegin) || !query.ends_with(")") || comma == std::string_view::npos) return {};
  return {std::string(query.substr(kBegin.size(), comma - kBegin.size())),
          std::string(query.substr(comma + 2, query.size() - comma - 3))};
}

}  // namespace a2od::deploy
