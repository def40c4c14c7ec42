/* pqxx.cc - libpqxx as a peer of the benchmark: threads that block, each with a connection; bench/peer.h tells how they
 * talk. */
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <pqxx/pqxx>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

using Clock = std::chrono::steady_clock;

struct Worker {
  std::unique_ptr<pqxx::connection> connection;
  std::vector<double> took;
  std::string failed;
};

static double used_us()
{
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

static void once(pqxx::connection &connection, long person)
{
  char name[40];
  pqxx::nontransaction work(connection);
  pqxx::result rows = work.exec_prepared("s", person);
  std::snprintf(name, sizeof name, "person number %06ld", person % 1000000);
  if (rows.size() != 1 || std::strcmp(rows[0][0].c_str(), name))
    throw std::runtime_error("a wrong answer");
}

static void keep_asking(Worker &worker, unsigned seed, Clock::time_point end)
{
  std::mt19937 random(seed);
  std::uniform_int_distribution<long> persons(1, 100000);
  try {
    Clock::time_point now = Clock::now();
    do { // once at least, however late it is
      Clock::time_point began = now;
      once(*worker.connection, persons(random));
      now = Clock::now();
      worker.took.push_back(std::chrono::duration<double, std::micro>(now - began).count());
    } while (now < end);
  } catch (const std::exception &error) {
    worker.failed = error.what();
  }
}

static std::string work(std::vector<Worker> &workers, long ms, std::size_t in_flight)
{
  std::vector<std::thread> threads;
  std::vector<double> took;
  std::size_t n = std::min(in_flight, workers.size());
  double used = used_us();
  Clock::time_point began = Clock::now();
  for (std::size_t i = 0; i < n; i++) {
    workers[i].took.clear();
    threads.emplace_back(keep_asking, std::ref(workers[i]), static_cast<unsigned>(i + 1),
                         began + std::chrono::milliseconds(ms));
  }
  for (std::thread &thread : threads)
    thread.join();
  double lasted = std::chrono::duration<double>(Clock::now() - began).count();
  used = used_us() - used;
  for (std::size_t i = 0; i < n; i++) {
    if (!workers[i].failed.empty())
      throw std::runtime_error(workers[i].failed);
    took.insert(took.end(), workers[i].took.begin(), workers[i].took.end());
  }
  std::sort(took.begin(), took.end());
  double all = static_cast<double>(took.size());
  std::ostringstream out;
  out << all / lasted << ' ' << used / all << ' ' << took[took.size() / 2] << ' ' << took[took.size() * 99 / 100];
  return out.str();
}

static void open(std::vector<Worker> &workers, std::istringstream &words)
{
  std::string uri, table;
  std::size_t connections;
  words >> uri >> table >> connections;
  workers.resize(connections);
  for (Worker &worker : workers) {
    worker.connection.reset(new pqxx::connection(uri));
    worker.connection->prepare("s", "SELECT name FROM " + table + " WHERE id = $1");
  }
}

int main()
{
  std::vector<Worker> workers;
  std::string line, first;
  std::cout << "here libpqxx" << std::endl;
  while (std::getline(std::cin, line)) {
    std::istringstream words(line);
    words >> first;
    try {
      if (first == "open") {
        open(workers, words);
        std::cout << "open" << std::endl;
      } else {
        std::size_t in_flight = 1;
        words >> in_flight;
        std::cout << work(workers, std::stol(first), in_flight) << std::endl;
      }
    } catch (const std::exception &error) {
      std::string text = error.what();
      std::replace(text.begin(), text.end(), '\n', ' ');
      std::cout << "failed " << text.substr(0, 200) << std::endl;
    }
  }
}
