// The commands of a2od with their options and help. Each ends with a code for the shell: 0 all is well, 1 something is
// not and was said.
#pragma once

namespace CLI {
class App;
}

namespace a2od {

void add_file_commands(CLI::App& app, int& code);
void add_service_commands(CLI::App& app, int& code);
void add_running_commands(CLI::App& app, int& code);
void add_commands_about_itself(CLI::App& app);

/// --enable-feature, as Prometheus has it.
void add_features(CLI::App& command);

}  // namespace a2od
