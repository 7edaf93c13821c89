#include "metrics/alertmanager.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "metrics/http_post.h"

namespace metrics {
namespace {

using websocket::Duration;
using websocket::Time;

constexpr std::size_t kAlertsAtOnce = 64;
constexpr unsigned kAttempts = 5;
constexpr std::chrono::milliseconds kFirstPause{500};  // then twice as long each time

std::string first_line(const std::string& file) {
  if (file.empty()) return {};
  std::ifstream stream(file);
  std::string line;
  if (!std::getline(stream, line) && line.empty()) {
    throw std::runtime_error("cannot read a password from " + file);
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

// Another attempt would bring the same.
bool is_final(const HttpPost::Result& result) {
  return result.status >= 200 && result.status < 500 && result.status != 429;
}

}  // namespace

AlertLabels own_labels(std::string_view job, const config::ListenAddress& metrics) {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host = {"localhost"};
  return {{"job", std::string(job)},
          {"instance", std::string(host.data()) + ':' + std::to_string(metrics.port)}};
}

// One Alertmanager, with its queue and its thread.
class AlertmanagerClient::Receiver {
 public:
  Receiver(const config::AlertmanagerOptions& options, const config::WebAddress& address,
           AlertLabels labels, Complain complain)
      : name_(address.authority()),
        labels_(std::move(labels)),
        complain_(std::move(complain)),
        most_(options.queue),
        valid_for_(4 * options.resend),
        post_({.address = address,
               .ca_file = options.ca_file,
               .username = options.username,
               .password = first_line(options.password_file),
               .timeout = options.timeout}),
        thread_([this] { run(); }) {}
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;
  ~Receiver() {
    {
      const std::scoped_lock lock(mutex_);
      ending_ = true;
    }
    work_.notify_all();
    thread_.join();
  }

  void add(const std::vector<RaisedAlert>& alerts, Time now) {
    {
      const std::scoped_lock lock(mutex_);
      now_ = now;
      queue_.insert(queue_.end(), alerts.begin(), alerts.end());
      while (queue_.size() > most_) {
        queue_.pop_front();
        ++failed_;
      }
    }
    work_.notify_all();
  }

  const std::string& name() const { return name_; }
  std::uint64_t sent() const { return sent_; }
  std::uint64_t failed() const { return failed_; }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      work_.wait(lock, [this] { return ending_ || !queue_.empty(); });
      if (ending_) return;
      const auto end =
          queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), kAlertsAtOnce));
      const std::vector<RaisedAlert> alerts(queue_.begin(), end);
      queue_.erase(queue_.begin(), end);
      const std::string body = alertmanager_json(alerts, labels_, now_ + valid_for_);
      deliver(lock, body, alerts.size());
    }
  }

  // `lock` is held when it is called and when it returns, and not while it waits.
  void deliver(std::unique_lock<std::mutex>& lock, const std::string& body, std::size_t alerts) {
    HttpPost::Result result;
    auto pause = kFirstPause;
    for (unsigned attempt = 0; attempt < kAttempts; ++attempt, pause *= 2) {
      if (attempt > 0 && work_.wait_for(lock, pause, [this] { return ending_; })) return;
      lock.unlock();
      result = post_.post("/api/v2/alerts", body);
      lock.lock();
      if (is_final(result)) break;
    }
    if (result.status >= 200 && result.status < 300) {
      sent_ += alerts;
      return;
    }
    failed_ += alerts;
    complain_("the Alertmanager " + name_ + " did not take " + std::to_string(alerts) +
              " alerts: " +
              (result.status > 0 ? "status " + std::to_string(result.status) : result.error));
  }

  const std::string name_;
  const AlertLabels labels_;
  const Complain complain_;
  const std::size_t most_;
  const Duration valid_for_;
  HttpPost post_;
  std::atomic<std::uint64_t> sent_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<RaisedAlert> queue_;  // guarded by mutex_, as are the next
  Time now_{};
  bool ending_ = false;
  std::thread thread_;
};

AlertmanagerClient::AlertmanagerClient(const config::AlertmanagerOptions& options,
                                       AlertLabels labels, const Complain& complain)
    : resend_(options.resend) {
  labels.insert(labels.end(), options.labels.begin(), options.labels.end());
  for (const std::string& url : options.urls) {
    const auto address = config::WebAddress::parse(url);
    if (!address) throw std::runtime_error(url + " is no address of an Alertmanager");
    receivers_.push_back(std::make_unique<Receiver>(options, *address, labels, complain));
  }
}

AlertmanagerClient::~AlertmanagerClient() = default;

void AlertmanagerClient::tell(const std::vector<RaisedAlert>& changes,
                              const std::vector<RaisedAlert>& firing, Time now) {
  std::vector<RaisedAlert> alerts;
  for (const RaisedAlert& change : changes) {
    if (change.from == AlertState::firing) alerts.push_back(change);
  }
  const bool all = now - last_sent_ >= resend_;
  for (const RaisedAlert& alert : firing) {
    if (all || alert.at == now) alerts.push_back(alert);
  }
  if (all) last_sent_ = now;
  if (alerts.empty()) return;
  for (const auto& receiver : receivers_) receiver->add(alerts, now);
}

void AlertmanagerClient::collect(Families& families) const {
  FamilySamples sent(family("closewatch_alert_notifications_total"));
  FamilySamples failed(family("closewatch_alert_notifications_failed_total"));
  for (const auto& receiver : receivers_) {
    sent.add({receiver->name()}, static_cast<double>(receiver->sent()));
    failed.add({receiver->name()}, static_cast<double>(receiver->failed()));
  }
  sent.move_to(families);
  failed.move_to(families);
}

}  // namespace metrics
