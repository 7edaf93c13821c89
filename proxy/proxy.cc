#include "proxy/proxy.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "proxy/socket_address.h"

namespace proxy {
namespace {

// An address that this machine does not have is no harm where a name has others.
bool is_absent(const std::system_error& error) {
  return error.code().value() == EADDRNOTAVAIL || error.code().value() == EAFNOSUPPORT;
}

}  // namespace

Proxy::Proxy(boost::asio::io_context& context, ProxyConfig config, Options options,
             std::vector<std::string>& problems)
    : context_(context),
      service_ids_(std::move(options.service_ids)),
      activated_(std::move(options.activated)),
      admission_(config.limits),
      health_checks_(context) {
  auto loaded = Setup::load(std::move(config), nullptr, service_ids_, problems);
  if (!loaded) throw std::runtime_error("the configuration cannot be used");
  for (websocket::ConnectionObserver* observer : options.observers) {
    // The proxy's own thread counts, so that only one ever ends it.
    const auto finished = [this, &to = context_, done = options.finished] {
      boost::asio::post(to, [this, done] {
        if (--running_ == 0) done();
      });
    };
    workers_.push_back(
        std::make_unique<Worker>(admission_, *observer, loaded->config.thresholds, finished));
  }
  running_ = workers_.size();
  Opening opening = open_places(*loaded);
  if (options.listening) options.listening();
  put_into_effect(std::move(loaded), std::move(opening), true);
}

Proxy::~Proxy() = default;

bool Proxy::reload(ProxyConfig config, std::vector<std::string>& problems) {
  auto loaded = Setup::load(std::move(config), setup().get(), service_ids_, problems);
  if (!loaded) return false;
  try {
    Opening opening = open_places(*loaded);
    put_into_effect(std::move(loaded), std::move(opening), false);
  } catch (const std::runtime_error& error) {
    problems.emplace_back(error.what());
    return false;
  }
  return true;
}

Proxy::Opening Proxy::open_places(const Setup& setup) const {
  Opening opening{.places = {}, .opened = {}};
  opening.opened.resize(workers_.size());
  for (const ListenerOptions& options : setup.config.listeners) {
    const auto same = std::find_if(places_.begin(), places_.end(), [&](const Place& place) {
      return place.address == options.address;
    });
    opening.places.push_back(same != places_.end() ? *same : Place{options.address, {}});
    if (same == places_.end()) open_place(opening.places.back(), opening);
  }
  for (auto& of_worker : opening.opened) {
    for (Worker::NewSocket& opened : of_worker) opened.socket.set(setup.first_timeouts());
  }
  return opening;
}

void Proxy::open_place(Place& place, Opening& opening) const {
  std::optional<std::system_error> absent;
  for (websocket::Endpoint endpoint : endpoints_to_listen_at(place.address)) {
    const std::vector<int> activated = activated_.at(endpoint);
    try {
      for (auto& of_worker : opening.opened) {
        ListeningSocket socket = activated.empty() ? ListeningSocket::open(endpoint)
                                                   : ListeningSocket::duplicate(activated.front());
        // Where the system chose the port, all take the same.
        endpoint = socket.endpoint();
        of_worker.push_back({endpoint, std::move(socket)});
      }
      place.endpoints.push_back(endpoint);
    } catch (const std::system_error& error) {
      if (!is_absent(error)) throw;
      absent = error;
    }
  }
  if (place.endpoints.empty() && absent) throw std::system_error(*absent);
}

std::vector<Worker::Change> Proxy::changes(const std::shared_ptr<const Setup>& setup,
                                           Opening& opening) const {
  std::vector<Worker::Change> all;
  for (auto& opened : opening.opened) {
    Worker::Change change{.setup = setup, .opened = std::move(opened), .doors = {}};
    for (std::size_t i = 0; i < opening.places.size(); ++i) {
      for (const websocket::Endpoint& endpoint : opening.places[i].endpoints) {
        change.doors[endpoint] = setup->entrances[i];
      }
    }
    all.push_back(std::move(change));
  }
  return all;
}

void Proxy::put_into_effect(std::shared_ptr<const Setup> setup, Opening opening, bool first) {
  auto all = changes(setup, opening);
  places_ = std::move(opening.places);
  admission_.set_limits(setup->config.limits);
  for (const Service& service : setup->services) {
    service.places->set_limit(service.options->max_connections);
  }
  health_checks_.replace(setup->health_checked());
  {
    const std::lock_guard lock{mutex_};
    setup_ = std::move(setup);
  }
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    if (first) {
      workers_[i]->start(std::move(all[i]));
    } else {
      workers_[i]->change(std::move(all[i]));
    }
  }
}

void Proxy::drain() {
  draining_ = true;
  const DrainOptions options = setup()->config.drain;
  for (const auto& worker : workers_) worker->drain(options);
}

void Proxy::cut() {
  draining_ = true;
  for (const auto& worker : workers_) worker->cut();
}

std::vector<websocket::Endpoint> Proxy::endpoints() const {
  std::vector<websocket::Endpoint> all;
  for (const Place& place : places_) {
    all.insert(all.end(), place.endpoints.begin(), place.endpoints.end());
  }
  return all;
}

std::shared_ptr<const Setup> Proxy::setup() const {
  const std::lock_guard lock{mutex_};
  return setup_;
}

}  // namespace proxy
