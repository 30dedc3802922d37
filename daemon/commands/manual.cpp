#include "daemon/commands/command_tree.hpp"
#include "daemon/version.hpp"

#include <fmt/format.h>

namespace a2od {

namespace {

/// A hyphen that is typed must stay one, and no line may begin like a request.
std::string roff(std::string_view text) {
  std::string out;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
    line_begins = c == '\n';
  }
  return out;
}

/// As it is printed on a terminal.
std::string as_it_is(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text.empty() ? std::string() : fmt::format(".PP\n.nf\n{}\n.fi\n", roff(text));
}

std::string shown(const ShellArgument& argument) {
  const auto name = "\\fI" + roff(argument.name) + "\\fR" + (argument.repeated ? " ..." : "");
  return argument.required ? name : "[" + name + "]";
}

std::string about_option(const ShellOption& option) {
  std::string names;
  for (const auto& name : option.names) names += (names.empty() ? "\\fB" : ", \\fB") + roff(name) + "\\fR";
  const auto standard = option.standard.empty() ? std::string() : fmt::format(" [{}]", option.standard);
  return fmt::format(".TP\n{}{}\n{}{}\n", names, option.takes_value ? " \\fIvalue\\fR" : "", roff(option.about),
                     roff(standard));
}

void describe(const ShellCommand& command, const std::string& path, std::string& page) {
  if (command.commands.empty() || !command.arguments.empty() || command.options.size() > 1) {
    auto synopsis = "\\fB" + roff(path) + "\\fR";
    for (const auto& argument : command.arguments) synopsis += " " + shown(argument);
    page += fmt::format(".SS {}\n{}.\n", synopsis, roff(command.about));
    for (const auto& argument : command.arguments)
      page += fmt::format(".TP\n\\fI{}\\fR\n{}\n", roff(argument.name), roff(argument.about));
    for (const auto& option : command.options)
      if (option.names.back() != "--help") page += about_option(option);
    page += as_it_is(command.footer);
  } else if (!command.footer.empty()) {
    page += fmt::format(".SS \\fB{}\\fR\n{}.\n{}", roff(path), roff(command.about), as_it_is(command.footer));
  }
  for (const auto& below : command.commands) describe(below, path + " " + below.name, page);
}

}  // namespace

std::string command_manual(const ShellCommand& root) {
  std::string page = fmt::format(R"(.TH A2OD 8 "" "a2od {}" "System administration"
.SH NAME
a2od \- monitoring and alerting of Dynamics 365 and Power Platform
.SH SYNOPSIS
.B a2od
.I command
.RI [ options ]
.SH DESCRIPTION
{}
.PP
Every command has
.BR \-\-help .
.SH COMMANDS
)",
                                 kVersion, roff(root.about));
  for (const auto& command : root.commands) describe(command, root.name + " " + command.name, page);
  page += ".SH EXAMPLES AND EXIT CODES\n" + as_it_is(root.footer);
  return page + R"(.SH FILES
.TP
.I /etc/a2od/a2od.yaml
The configuration, see
.BR a2od.yaml (5).
.TP
.I /etc/default/a2od
Options of
.B a2od run
and variables such as HTTPS_PROXY, where systemd starts it.
.TP
.I /var/lib/a2od
The state and the history: must survive a restart.
.TP
.I /usr/share/a2od/rules
The rules that come with a2od, and a page for each.
.SH ENVIRONMENT
.TP
.BR NOTIFY_SOCKET ", " WATCHDOG_USEC ", " CREDENTIALS_DIRECTORY
As systemd sets them: starts, reloads, stops and signs of life are told; secrets are read.
.TP
.BR HTTPS_PROXY ", " NO_PROXY
The way to Microsoft's APIs, unless the configuration says transport.proxy.
.SH SEE ALSO
.BR a2od.yaml (5),
.BR promtool (1),
.BR amtool (1),
.BR systemctl (1)
)";
}

std::string config_manual(const schema::Reference& keys) {
  std::string page = fmt::format(R"(.TH A2OD.YAML 5 "" "a2od {}" "File formats"
.SH NAME
a2od.yaml \- configuration of a2od
.SH DESCRIPTION
YAML, read strictly: unknown and repeated keys are errors.
.B a2od check config
tells all of them, or what would run. Durations are written as 30s, 5m or 1h30m, sizes as 64MiB; relative paths start at
the folder of the file they stand in. Routes, receivers, inhibition and time intervals are Alertmanager's.
.PP
A key that ends in _file takes
.I $CREDENTIALS_DIRECTORY/name
for what systemd hands over by LoadCredential=.
.PP
Editors complete and check the file by
.IR /usr/share/a2od/a2od.schema.json ,
where its first line is
.PP
.nf
# yaml\-language\-server: $schema=/usr/share/a2od/a2od.schema.json
.fi
.SH KEYS
A key below [] is one of each entry of a list, <name> is a name of your own.
)",
                                 kVersion);
  for (const auto& key : keys) {
    page += fmt::format(".TP\n\\fB{}\\fR\n{}.", roff(key.path), roff(key.about));
    page += fmt::format(" \\fI{}\\fR", roff(key.type));
    page += key.standard.empty() ? "\n" : fmt::format(" [{}]\n", roff(key.standard));
  }
  return page + ".SH SEE ALSO\n.BR a2od (8)\n";
}

}  // namespace a2od
