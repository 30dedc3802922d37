// demo_receiver: the on-call person's end of a webhook, on a terminal.
#include "collectors/async/clock.hpp"
#include "collectors/async/task_group.hpp"
#include "tests/tenant/identity.hpp"
#include "tests/tenant/listen.hpp"
#include "tests/tenant/receiver/receiver.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>

namespace {

namespace asio = boost::asio;
using namespace a2od;
using namespace a2od::tenant;

struct Arguments {
  std::string listen = "127.0.0.1:9099";
  std::string record;
  std::string tls_directory;
  std::vector<std::string> replies;
};

/// Appends lines to a file and returns when they are on the disk.
class Record {
 public:
  explicit Record(const std::string& path)
      : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
    if (file_ < 0) throw std::runtime_error("cannot write " + path);
  }
  ~Record() { ::close(file_); }
  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;

  void append(const std::string& text) const {
    const auto line = text + "\n";
    if (::write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size()) || ::fsync(file_) != 0)
      throw std::runtime_error("cannot write the record");
  }

 private:
  int file_;
};

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

Receiver::Options options_of(const Arguments& arguments) {
  Receiver::Options options;
  const bool wanted = std::getenv("NO_COLOR") == nullptr && ::isatty(STDOUT_FILENO) == 1;
  options.colours = wanted ? Colours::on : Colours::off;
  options.print = print;
  if (!arguments.record.empty()) {
    const auto record = std::make_shared<const Record>(arguments.record);
    options.keep = [record](const std::string& body) { record->append(body); };
  }
  for (const auto& text : arguments.replies) {
    const auto reply = parse_scripted_reply(text);
    if (!reply) throw std::runtime_error(reply.error().message);
    options.replies.push_back(*reply);
  }
  return options;
}

asio::awaitable<HttpReply> answer(Receiver& receiver, const Clock& clock, HttpRequest request) {
  co_return receiver.answer(request, clock.wall());
}

asio::awaitable<void> run(HttpServer& server, asio::ip::tcp::acceptor& acceptor, TaskGroup& sessions) {
  asio::signal_set signals(co_await asio::this_coro::executor, SIGTERM, SIGINT);
  sessions.spawn("accept connections", server.serve(acceptor, sessions));
  announce(acceptor.local_endpoint());
  co_await signals.async_wait(asio::use_awaitable);
  co_await sessions.stop();
}

void serve(const Arguments& arguments) {
  const SystemClock clock;
  Receiver receiver(options_of(arguments));
  HttpServerOptions options;
  options.max_body_bytes = 64U << 20U;
  asio::io_context io(1);
  HttpServer server([&](HttpRequest request) { return answer(receiver, clock, std::move(request)); }, options);
  if (!arguments.tls_directory.empty()) server.set_tls(prepare_directory(arguments.tls_directory).server);
  asio::ip::tcp::acceptor acceptor(io, parse_endpoint(arguments.listen));
  TaskGroup sessions(io.get_executor(), [](const std::string& task, const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", task.c_str(), error.what());
  });
  std::exception_ptr failure;
  asio::co_spawn(io, run(server, acceptor, sessions), [&](std::exception_ptr error) { failure = std::move(error); });
  io.run();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app{"Receives Alertmanager webhooks (version 4) and prints each as an on-call person reads it"};
  app.add_option("--listen", arguments.listen, "address and port; port 0 takes a free one")->capture_default_str();
  app.add_option("--record", arguments.record, "append each accepted body to this file as a line, on disk before 2xx");
  app.add_option("--reply", arguments.replies, "answers in this order, the last for ever: 200 429:120 500@30s cut");
  app.add_option("--tls-directory", arguments.tls_directory, "serve HTTPS, keeping ca.pem and the rest here");
  CLI11_PARSE(app, argc, argv);
  try {
    serve(arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "demo_receiver: %s\n", error.what());
    return 1;
  }
  return 0;
}
