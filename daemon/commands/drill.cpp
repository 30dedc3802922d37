// A test alert of a running daemon: whom it would reach and with which words, or that it was sent and taken.
#include "collectors/cloud/json.hpp"
#include "daemon/commands/answer_text.hpp"
#include "daemon/commands/commands.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace a2od {

namespace json = boost::json;

namespace {

struct WrongUsage : CommandFailed {
  using CommandFailed::CommandFailed;
};

std::string joined(const json::value& list, std::string_view separator) {
  std::vector<std::string> texts;
  for (const auto& text : list.as_array()) texts.push_back(for_terminal(text.as_string()));
  return fmt::format("{}", fmt::join(texts, separator));
}

json::object texts_of(const std::vector<std::string>& given, std::string_view what, bool names) {
  json::object texts;
  for (const std::string_view text : given) {
    const auto equals = text.find('=');
    if (equals == 0 || (equals == std::string_view::npos && !names))
      throw WrongUsage(fmt::format("'{}': expected {}", text, what));
    const bool is_name = equals == std::string_view::npos;
    const auto name = is_name ? "alertname" : text.substr(0, equals);
    if (texts.contains(name)) throw WrongUsage(fmt::format("'{}': {} is given twice", text, name));
    texts[name] = is_name ? text : text.substr(equals + 1);
  }
  return texts;
}

json::object body_of(const DrillQuestion& question) {
  return {{"labels", texts_of(question.labels, "an alert's name, or a label such as severity=page", true)},
          {"annotations", texts_of(question.annotations, "an annotation such as summary='a drill'", false)},
          {"receiver", question.receiver},
          {"askedBy", question.author.empty() ? user_name() : question.author},
          {"page", question.page},
          {"firesFor", question.fires_for}};
}

json::value ask(const DrillQuestion& question, const json::object& body) {
  const auto answer =
      ask_daemon(question.address, "POST", "/api/v1/alerts/test", "application/json", json::serialize(body));
  if (answer.status == 400) throw WrongUsage(api_fault(answer));
  if (answer.status != 200) throw CommandFailed(api_fault(answer));
  return json::parse(answer.body).at("data");
}

/// Objects and lists a line each; no deeper than what was parsed.
void print_json(const json::value& value, const std::string& indent) {
  const auto* object = value.if_object();
  const auto* list = value.if_array();
  const auto size = object != nullptr ? object->size() : list != nullptr ? list->size() : 0;
  if (size == 0) return fmt::print("{}", for_terminal(json::serialize(value)));
  const auto deeper = indent + "  ";
  std::size_t left = size;
  const auto print_item = [&](const std::string& name, const json::value& item) {
    fmt::print("{}{}", deeper, name);
    print_json(item, deeper);
    fmt::print("{}\n", --left > 0 ? "," : "");
  };
  fmt::print("{}\n", object != nullptr ? "{" : "[");
  if (object != nullptr)
    for (const auto& [name, item] : *object) print_item(for_terminal(json::serialize(json::string(name))) + ": ", item);
  else
    for (const auto& item : *list) print_item("", item);
  fmt::print("{}{}", indent, object != nullptr ? "}" : "]");
}

void print_body(std::string_view body) {
  boost::system::error_code error;
  const auto document = json::parse(body, error);
  fmt::print("  ");
  if (!error && document.is_object()) {
    print_json(document, "  ");
  } else {
    for (const char c : for_terminal(body)) fmt::print("{}", c == '\n' ? "\n  " : std::string(1, c));
  }
  fmt::print("\n");
}

std::string name_of(const json::value& delivery) {
  return fmt::format("{} ({} {})", text_at(delivery, "receiver"), text_at(delivery, "by"),
                     static_cast<int>(cloud::get_number(delivery, "integration").value_or(0)) + 1);
}

void print_plan(const json::value& data) {
  fmt::print("Test {}  {}\n", text_at(data, "id"), labels_text(data.at("labels")));
  fmt::print("  told as: {}\n", text_at(data.at("told").at("annotations"), "summary"));
  for (const auto& route : data.at("routes").as_array()) {
    fmt::print("Route {}  to {}\n", joined(route.at("path"), " > "), text_at(route, "receiver"));
    fmt::print("  grouped by {}, group_wait {}\n", labels_text(route.at("groupLabels")),
               seconds_at(route, "groupWait"));
    if (const auto muted = joined(route.at("mutedBy"), ", "); !muted.empty()) fmt::print("  muted by {}\n", muted);
    for (const auto& step : route.at("escalate").as_array())
      fmt::print("  {} would hear of it after {} without an acknowledgement; of a test it does not\n",
                 text_at(step, "receiver"), seconds_at(step, "after"));
  }
  for (const auto& reason : data.at("heldBy").as_array())
    fmt::print("Nobody is told of such an alert now: {}\n", for_terminal(reason.as_string()));
  if (data.at("deliveries").as_array().empty()) fmt::print("No route leads to a receiver: nobody is told.\n");
}

void print_message(const json::value& delivery) {
  fmt::print("\n{}{}{}\n", name_of(delivery), delivery.at("pages").as_bool() ? ", which may wake somebody up" : "",
             delivery.at("endOwed").as_bool() ? "" : ", which is not told of ends");
  if (const auto withheld = text_at(delivery, "withheld"); !withheld.empty())
    fmt::print("  would not be sent: {}\n", withheld);
  const auto& message = delivery.at("message");
  if (const auto error = text_at(message, "error"); !error.empty()) fmt::print("  cannot be sent: {}\n", error);
  for (const auto& failure : message.at("failures").as_array())
    fmt::print("  a template fails: {}\n", for_terminal(failure.as_string()));
  for (const auto& request : message.at("requests").as_array()) {
    fmt::print("  {}\n", text_at(request, "to"));
    for (const auto& header : request.at("headers").as_array()) fmt::print("  {}\n", for_terminal(header.as_string()));
    print_body(cloud::get_string(request, "body").value_or(""));
  }
}

std::string result_text(const json::value& result) {
  const auto answer = text_at(result, "answer");
  return fmt::format("{}{}{}, in {} ms", result.at("delivered").as_bool() ? "delivered" : "FAILED",
                     answer.empty() ? "" : ": ", answer, cloud::get_number(result, "milliseconds").value_or(0));
}

std::string end_text(const json::value& end, std::string_view id) {
  const auto state = text_at(end, "state");
  const auto where = fmt::format("`a2od events a2od_test={}` shows when it was", id);
  if (state == "notOwed") return "its end is not told: send_resolved is off";
  if (state == "withdrawn") return "nothing was taken, so no end is told";
  if (state == "waits")
    return fmt::format("its end is due at {}Z, and told even if a2od is restarted; {}",
                       text_at(end, "dueAt").substr(0, 19), where);
  if (state == "late")
    return fmt::format("ITS END HAS NOT BEEN TAKEN YET: it waits in the outbox and is tried until it is; {}", where);
  const auto& result = end.at("result");
  if (result.at("delivered").as_bool()) return "its end " + result_text(result);
  if (text_at(result, "verdict") == "refused")
    return fmt::format("ITS END WAS REFUSED ({}) AND IS NOT TRIED AGAIN: close what it opened by hand",
                       text_at(result, "answer"));
  return fmt::format("ITS END WAS NOT TAKEN ({}): it is tried until it is; {}, or close what it opened by hand",
                     text_at(result, "answer"), where);
}

void print_outcome(const json::value& delivery, std::string_view id) {
  if (const auto withheld = text_at(delivery, "withheld"); !withheld.empty())
    return fmt::print("not sent: {}\n", withheld);
  for (const auto& failure : delivery.at("message").at("failures").as_array())
    fmt::print("a template fails: {}; ", for_terminal(failure.as_string()));
  fmt::print("{}\n  {}\n", result_text(delivery.at("result")), end_text(delivery.at("end"), id));
}

/// Each integration once, so that what happens is seen as it happens.
json::array send_all(const DrillQuestion& question, const json::object& body, const json::value& plan) {
  json::array outcomes;
  std::set<std::string> done;
  for (const auto& planned : plan.at("deliveries").as_array()) {
    const auto name = name_of(planned);
    if (!done.insert(name).second) continue;
    if (!question.as_json) fmt::print("{}: ", name);
    std::fflush(stdout);
    auto request = body;
    request["send"] = true;
    request["id"] = plan.at("id");
    request["only"] = json::object{
        {"receiver", planned.at("receiver")}, {"by", planned.at("by")}, {"integration", planned.at("integration")}};
    const auto answer = ask(question, request);
    for (const auto& delivery : answer.at("deliveries").as_array()) {
      if (!question.as_json) print_outcome(delivery, text_at(plan, "id"));
      outcomes.push_back(delivery);
    }
  }
  return outcomes;
}

bool all_good(const json::array& deliveries) {
  return !deliveries.empty() &&
         std::ranges::all_of(deliveries, [](const json::value& one) { return one.at("good").as_bool(); });
}

bool drill(const DrillQuestion& question) {
  const auto body = body_of(question);
  auto data = ask(question, body);
  if (!question.as_json) print_plan(data);
  if (question.send) {
    auto outcomes = send_all(question, body, data);
    data.as_object()["sent"] = true;
    data.as_object()["good"] = all_good(outcomes);
    data.as_object()["deliveries"] = std::move(outcomes);
  } else if (!question.as_json) {
    for (const auto& delivery : data.at("deliveries").as_array()) print_message(delivery);
    fmt::print("\nNothing was sent: --send does.\n");
  }
  if (question.as_json) fmt::print("{}\n", json::serialize(json::object{{"status", "success"}, {"data", data}}));
  return data.at("good").as_bool();
}

}  // namespace

int drill_alerts(const DrillQuestion& question) {
  bool good = false;
  std::string wrong;
  const int code = attempt(question.address, [&] {
    try {
      good = drill(question);
    } catch (const WrongUsage& usage) {
      wrong = usage.what();
    }
  });
  if (wrong.empty()) return code == 0 && good ? 0 : 1;
  fmt::print(stderr, "a2od: {}\n", wrong);
  return 2;
}

}  // namespace a2od
