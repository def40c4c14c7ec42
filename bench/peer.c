/* peer.c - see peer.h. */
#include "peer.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct bench_peer {
  pid_t pid;
  FILE *to, *from;
  char name[64], line[256];
};

/* Its next line, without the end; false: there is none any more. */
static bool read_line(bench_peer *peer)
{
  if (!fgets(peer->line, sizeof peer->line, peer->from))
    return false;
  peer->line[strcspn(peer->line, "\n")] = '\0';
  return true;
}

static bool failed(bench_peer *peer)
{
  bench_complain("%s: %s", peer->name, *peer->line ? peer->line : "it has ended");
  return false;
}

static bool spawn(bench_peer *peer, const char *kind)
{
  char script[] = BENCH_PEERS "/run.sh", sh[] = "sh", word[32];
  char *argv[] = {sh, script, word, NULL};
  int in[2], out[2];
  posix_spawn_file_actions_t actions;
  snprintf(word, sizeof word, "%s", kind);
  if (pipe(in))
    return false;
  if (pipe(out)) {
    close(in[0]);
    close(in[1]);
    return false;
  }
  fcntl(in[1], F_SETFD, FD_CLOEXEC); /* another peer would keep this one's input open */
  fcntl(out[0], F_SETFD, FD_CLOEXEC);
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, in[0]);
  posix_spawn_file_actions_addclose(&actions, out[1]);
  int rc = posix_spawnp(&peer->pid, sh, &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  peer->to = fdopen(in[1], "w");
  peer->from = fdopen(out[0], "r");
  if (rc)
    peer->pid = 0;
  return !rc && peer->to && peer->from;
}

bench_peer *bench_peer_start(const char *kind, char why[96])
{
  bench_peer *peer = calloc(1, sizeof *peer);
  snprintf(why, 96, "it does not start");
  if (!peer)
    return NULL;
  signal(SIGPIPE, SIG_IGN);
  if (spawn(peer, kind) && read_line(peer)) {
    if (sscanf(peer->line, "here %63[^\n]", peer->name) == 1)
      return peer;
    if (!strncmp(peer->line, "missing ", 8))
      snprintf(why, 96, "%.90s", peer->line + 8);
  }
  bench_peer_stop(peer);
  return NULL;
}

const char *bench_peer_name(const bench_peer *peer)
{
  return peer->name;
}

bool bench_peer_open(bench_peer *peer, const char *uri, const char *table, int connections)
{
  *peer->line = '\0';
  fprintf(peer->to, "open %s %s %d\n", uri, table, connections);
  return (!fflush(peer->to) && read_line(peer) && !strcmp(peer->line, "open")) || failed(peer);
}

void bench_peer_stop(bench_peer *peer)
{
  if (!peer)
    return;
  if (peer->to)
    fclose(peer->to);
  if (peer->from)
    fclose(peer->from);
  while (peer->pid && waitpid(peer->pid, NULL, 0) < 0 && errno == EINTR)
    ;
  free(peer);
}

static double number(const char *word)
{
  char *end;
  double value = strtod(word, &end);
  return end == word || *end ? NAN : value;
}

double bench_peer_round(void *arg, int64_t ns)
{
  bench_peer_load *load = arg;
  bench_peer *peer = load->peer;
  char words[4][32];
  *peer->line = '\0';
  fprintf(peer->to, "%lld %zu\n", (long long)(ns / DUSQ_MILLISECOND), load->in_flight);
  if (fflush(peer->to) || !read_line(peer) ||
      sscanf(peer->line, "%31s %31s %31s %31s", words[0], words[1], words[2], words[3]) != 4 ||
      !(number(words[0]) > 0)) {
    failed(peer);
    return 0; /* it is told as such, and is no reason to end the others */
  }
  if (load->rounds <= BENCH_MAX_ROUNDS) {
    load->cpu[load->rounds] = number(words[1]);
    load->p50[load->rounds] = number(words[2]);
    load->p99[load->rounds] = number(words[3]);
    load->rounds++;
  }
  return number(words[0]);
}
