#include "daemon/web/status_page.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace a2od {

namespace {

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>{refresh}
<style>
:root{color-scheme:light dark;--line:#8884;--soft:#8881;--bad:#c62828;--warn:#b26a00;--good:#2e7d32;--dim:#777}
@media (prefers-color-scheme:dark){:root{--bad:#ff6b6b;--warn:#ffb74d;--good:#81c784;--dim:#999}}
body{font:15px/1.45 system-ui,sans-serif;margin:0 auto;max-width:75rem;padding:1.2rem}
h1{font-size:1.3rem;margin:0}h2{font-size:1.05rem;margin:1.8rem 0 .5rem}
header{display:flex;gap:1rem;align-items:baseline;flex-wrap:wrap}
header nav{margin-left:auto}nav a{margin-left:.8rem}
.dim{color:var(--dim)}.bad{color:var(--bad);font-weight:600}.warn{color:var(--warn);font-weight:600}.good{color:var(--good)}.bad a,.warn a{color:inherit}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}
td:last-child{min-width:6rem}th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;background:var(--soft);white-space:nowrap}td small{color:var(--dim);display:block}td div+div{margin-top:.3rem}
.banner{background:var(--soft);border-left:4px solid var(--bad);padding:.6rem 1rem;margin:1rem 0}
pre{white-space:pre-wrap;font:inherit}
</style></head><body>
)";

std::string head(std::string_view title, bool refresh) {
  std::string text(kHead);
  const auto fill = [&text](std::string_view hole, std::string_view with) {
    text.replace(text.find(hole), hole.size(), with);
  };
  fill("{title}", title);
  fill("{refresh}", refresh ? "<meta http-equiv=\"refresh\" content=\"30\">" : "");
  return text;
}

std::string_view class_of_outcome(std::string_view outcome) {
  if (outcome == "ok") return "good";
  if (outcome == "degraded" || outcome == "throttled") return "warn";
  return outcome.empty() ? "dim" : "bad";
}

std::string_view class_of_alert(const AlertEntry& alert) {
  if (alert.state != "firing") return "dim";
  return alert.severity == "page" ? "bad" : "warn";
}

std::string ago(const std::optional<Timestamp>& then, Timestamp now) {
  return then ? describe_age(now - *then) + " ago" : "never";
}

/// Collectors that fare alike: with the same outcome, for the same reason.
struct CellGroup {
  std::string outcome;
  std::string error;
  std::vector<const CollectorCell*> cells;
};

std::vector<CellGroup> grouped(const std::vector<CollectorCell>& cells) {
  std::vector<CellGroup> groups;
  for (const auto& cell : cells) {
    const auto found = std::ranges::find_if(
        groups, [&](const CellGroup& group) { return group.outcome == cell.outcome && group.error == cell.error; });
    auto& group = found == groups.end() ? groups.emplace_back(CellGroup{cell.outcome, cell.error, {}}) : *found;
    group.cells.push_back(&cell);
  }
  // What is well comes last: one line for all of it.
  std::ranges::sort(groups, {},
                    [](const CellGroup& group) { return std::tuple(group.outcome == "ok", group.outcome); });
  return groups;
}

std::string names_of(const CellGroup& group) {
  std::string names;
  for (const auto* cell : group.cells) names += (names.empty() ? "" : ", ") + cell->collector;
  return names;
}

/// The run of the group that ended longest ago, and its oldest success: the worst that can be said of all.
std::string times_of(const CellGroup& group, Timestamp now) {
  const auto oldest_end = std::ranges::min(group.cells, {}, [](const auto* cell) { return cell->finished; })->finished;
  if (!oldest_end) return {};
  auto text = fmt::format(" <span class=\"dim\">{}</span>", ago(oldest_end, now));
  if (group.outcome == "ok") return text;
  const auto oldest_success =
      std::ranges::min(group.cells, {}, [](const auto* cell) { return cell->last_success; })->last_success;
  return text + fmt::format("<small>last good {}</small>", ago(oldest_success, now));
}

std::string collectors_cell(const TargetRow& row, Timestamp now) {
  std::string out = "<td>";
  for (const auto& group : grouped(row.cells)) {
    out += fmt::format("<div><span class=\"{}\">{}</span> {}{}", class_of_outcome(group.outcome),
                       group.outcome.empty() ? "not yet run" : group.outcome, escape_html(names_of(group)),
                       times_of(group, now));
    if (!group.error.empty()) out += fmt::format("<small>{}</small>", escape_html(group.error));
    out += "</div>";
  }
  return out + "</td>";
}

void append_alerts(std::string& out, const StatusPage& page, Timestamp now) {
  const auto firing = std::ranges::count(page.alerts, "firing", &AlertEntry::state);
  out += fmt::format("<h2>Alerts <span class=\"dim\">{} firing, {} pending</span></h2>", firing,
                     std::ssize(page.alerts) - firing);
  if (page.alerts.empty()) {
    out += "<p class=\"good\">Nothing to report.</p>";
    return;
  }
  out += "<div class=\"wide\"><table><tr><th>Alert</th><th>Severity</th><th>Where</th><th>What</th><th>Since</th></tr>";
  for (const auto& alert : page.alerts) {
    const auto name = escape_html(alert.name);
    const auto link =
        alert.runbook_url.empty() ? name : fmt::format("<a href=\"{}\">{}</a>", escape_html(alert.runbook_url), name);
    out += fmt::format(
        "<tr><td><span "
        "class=\"{}\">{}</span><small>{}{}{}{}</small></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
        class_of_alert(alert), link, alert.state, alert.held ? ", held: its source cannot be seen" : "",
        alert.kept_back.empty() ? "" : ", " + alert.kept_back,
        alert.acknowledged_by.empty() ? "" : ", acknowledged by " + escape_html(alert.acknowledged_by),
        escape_html(alert.severity), escape_html(alert.target), escape_html(alert.summary), ago(alert.since, now));
  }
  out += "</table></div>";
}

void append_targets(std::string& out, const StatusPage& page, Timestamp now, bool tenants) {
  std::vector<const TargetRow*> rows;
  for (const auto& target : page.targets)
    if (target.environment.empty() == tenants) rows.push_back(&target);
  out += fmt::format("<h2>{} <span class=\"dim\">{}</span></h2>", tenants ? "Tenants" : "Environments", rows.size());
  if (rows.empty()) {
    out += "<p class=\"dim\">None known yet.</p>";
    return;
  }
  out += tenants ? "<div class=\"wide\"><table><tr><th>Tenant</th><th>Collectors</th></tr>"
                 : "<div class=\"wide\"><table><tr><th>Environment</th><th>State</th><th>Collectors</th></tr>";
  for (const auto* row : rows) {
    if (tenants) {
      out += fmt::format("<tr><td>{}</td>", escape_html(row->tenant));
    } else {
      const auto called = row->display_name == row->environment ? "" : row->display_name + " · ";
      out += fmt::format("<tr><td>{}<small>{}{} · {} · {}</small></td><td class=\"{}\">{}</td>",
                         escape_html(row->environment), escape_html(called), escape_html(row->tenant),
                         escape_html(row->type), escape_html(row->region), row->state == "Enabled" ? "good" : "warn",
                         escape_html(row->state.empty() ? "unknown" : row->state));
    }
    out += collectors_cell(*row, now) + "</tr>";
  }
  out += "</table></div>";
}

void append_exporters(std::string& out, const StatusPage& page, Timestamp now) {
  const auto& rows = page.scraped.active;
  if (rows.empty()) return;
  const auto down = std::ranges::count_if(rows, [](const ScrapedRow& row) { return !row.error.empty(); });
  out += fmt::format("<h2>Exporters <span class=\"dim\">{}, {} down</span></h2><div class=\"wide\"><table>",
                     rows.size(), down);
  out += "<tr><th>Job</th><th>Address</th><th>State</th><th>Last</th></tr>";
  for (const auto& row : rows) {
    const auto level = !row.last ? "dim" : row.error.empty() ? "good" : "bad";
    const auto state = !row.last ? "not yet asked" : row.error.empty() ? "up" : "down";
    out += fmt::format(
        "<tr><td>{}</td><td>{}</td><td><span class=\"{}\">{}</span><small>{}</small></td><td>{}</td></tr>",
        escape_html(row.pool), escape_html(row.address), level, state, escape_html(row.error), ago(row.last, now));
  }
  out += "</table></div>";
}

void append_receivers(std::string& out, const StatusPage& page) {
  if (page.receivers.empty()) {
    out += "<h2>Receivers</h2><p class=\"dim\">None configured: alerts are shown here and on /metrics only.</p>";
    return;
  }
  out +=
      "<h2>Receivers</h2><div class=\"wide\"><table><tr><th>Receiver</th><th>State</th><th>Waiting messages</th></tr>";
  for (const auto& row : page.receivers) {
    const auto state = row.misconfigured ? "misconfigured" : row.last_error.empty() ? "ok" : "failing";
    out += fmt::format("<tr><td>{}</td><td><span class=\"{}\">{}</span><small>{}</small></td><td>{}</td></tr>",
                       escape_html(row.receiver),
                       row.misconfigured        ? "bad"
                       : row.last_error.empty() ? "good"
                                                : "warn",
                       state, escape_html(row.last_error), row.waiting);
  }
  out += "</table></div>";
}

void append_maintenance(std::string& out, const StatusPage& page) {
  if (page.maintenance.empty()) return;
  out +=
      "<h2>Maintenance <span class=\"dim\">whose alerts nobody is told of</span></h2><div class=\"wide\"><table>"
      "<tr><th>What</th><th>Why</th></tr>";
  for (const auto& row : page.maintenance)
    out += fmt::format("<tr><td>{}</td><td>{}</td></tr>", escape_html(row.what), escape_html(row.why));
  out += "</table></div>";
}

std::string_view class_of_heartbeat(std::string_view state) {
  if (state == "ok") return "good";
  if (state == "waiting") return "dim";
  return state == "late" ? "warn" : "bad";
}

void append_heartbeats(std::string& out, const StatusPage& page, Timestamp now) {
  if (page.heartbeats.empty()) return;
  out +=
      "<h2>Heartbeats</h2><div "
      "class=\"wide\"><table><tr><th>Heartbeat</th><th>State</th><th>Last</th><th>Next</th></tr>";
  for (const auto& row : page.heartbeats) {
    const auto due = !row.due         ? std::string("never")
                     : *row.due > now ? "due in " + describe_age(*row.due - now)
                                      : "was due " + ago(row.due, now);
    out +=
        fmt::format("<tr><td>{}</td><td><span class=\"{}\">{}</span><small>{}</small></td><td>{}</td><td>{}</td></tr>",
                    escape_html(row.name), class_of_heartbeat(row.state), row.state, escape_html(row.message),
                    ago(row.last, now), due);
  }
  out += "</table></div>";
}

std::string banner(std::string_view level, std::string_view what, std::string_view more) {
  return fmt::format("<div class=\"banner\"><span class=\"{}\">{}</span> {}</div>", level, what, more);
}

/// What an administrator must know before all else.
void append_banners(std::string& out, const StatusPage& page) {
  for (const auto& [tenant, reason] : page.blind_tenants)
    out += banner("bad", fmt::format("a2od cannot see {}:", escape_html(tenant)),
                  escape_html(reason) +
                      ". What is shown of its environments is how they were last seen; their alerts "
                      "are held.");
  if (!page.state_fault.empty())
    out += banner("bad", "Alerts and messages are not written down:",
                  escape_html(page.state_fault) +
                      ". They go on from memory, and are written by themselves when it is "
                      "possible; a restart now would repeat or lose some.");
  if (!page.history_fault.empty())
    out += banner("bad", "The history is not written:",
                  escape_html(page.history_fault) +
                      ". a2od goes on from memory and writes what waits by itself when "
                      "it can.");
  if (page.learning_until)
    out +=
        banner("warn", "a2od is learning",
               fmt::format("until {:%F %R} UTC: alerts are shown here and logged, not sent. What still fires then is "
                           "sent.",
                           std::chrono::floor<std::chrono::minutes>(*page.learning_until)));
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string describe_age(Milliseconds age) {
  using namespace std::chrono;
  if (age < 1s) return "moments";
  if (age < 2min) return fmt::format("{} s", duration_cast<seconds>(age).count());
  if (age < 2h) return fmt::format("{} min", duration_cast<minutes>(age).count());
  if (age < 48h) return fmt::format("{} h", duration_cast<hours>(age).count());
  return fmt::format("{} d", duration_cast<days>(age).count());
}

std::string render(const StatusPage& page, Timestamp now) {
  constexpr double kMegabyte = 1e6;
  std::string out = head("a2od", true);
  out += fmt::format(
      "<header><h1>a2od</h1><span class=\"dim\">{} · up {} · {} series · {} rules · history {:.1f} MB</span>"
      "<nav><a href=\"graph\">query</a><a href=\"metrics\">metrics</a><a href=\"api/v1/rules\">rules</a><a "
      "href=\"api/v1/alerts\">alerts</a></nav>"
      "</header>",
      escape_html(page.version), describe_age(now - page.started), page.series, page.rules,
      static_cast<double>(page.history_bytes) / kMegabyte);
  append_banners(out, page);
  append_alerts(out, page, now);
  append_maintenance(out, page);
  append_exporters(out, page, now);
  append_targets(out, page, now, false);
  append_targets(out, page, now, true);
  append_receivers(out, page);
  append_heartbeats(out, page, now);
  return out + "</body></html>\n";
}

std::string page_head(std::string_view title) { return head(escape_html(title), false); }

std::string render_runbook(std::string_view name, std::string_view markdown) {
  return fmt::format("{}<header><h1>{}</h1><nav><a href=\"../\">back</a></nav></header><pre>{}</pre></body></html>\n",
                     head(escape_html(name), false), escape_html(name), escape_html(markdown));
}

}  // namespace a2od
