/*
 * The yardstick: starts a program again and again, so many at a time, for so many seconds, as cheaply as C can. Each
 * start is what Minitor needs of one: a new session, empty standard input, both outputs in one pipe that is read to its
 * end. Prints one line of JSON: how many were run, in what time, and what that cost this process without its children.
 *
 *   spawn-loop SECONDS AT_ONCE PROGRAM [ARGUMENT...]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_AT_ONCE 256

struct slot {
  pid_t pid; /* 0 while free */
  int reader;
};

extern char **environ;

/* `error` is an errno, or 0 where `what` says it all. */
static void fail(const char *what, int error) {
  fprintf(stderr, error == 0 ? "spawn-loop: %s\n" : "spawn-loop: %s: %s\n", what, strerror(error));
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static double seconds(struct timeval time) { return time.tv_sec + time.tv_usec / 1e6; }

static void start(struct slot *slot, char **command, const posix_spawnattr_t *attributes) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe2", errno);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
  int error = posix_spawnp(&slot->pid, command[0], &actions, attributes, command, environ);
  if (error != 0) fail(command[0], error);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  slot->reader = ends[0];
}

static void finish(struct slot *slot) {
  char output[65536];
  while (read(slot->reader, output, sizeof output) > 0) continue;
  close(slot->reader);
  slot->pid = 0;
}

int main(int count, char **arguments) {
  if (count < 4) fail("usage: spawn-loop SECONDS AT_ONCE PROGRAM [ARGUMENT...]", 0);
  double limit = atof(arguments[1]);
  int at_once = atoi(arguments[2]);
  if (at_once < 1 || at_once > MOST_AT_ONCE) fail("AT_ONCE is from 1 to 256", 0);

  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);

  static struct slot slots[MOST_AT_ONCE];
  double begin = now();
  long done = 0;
  for (int i = 0; i < at_once; i++) start(&slots[i], arguments + 3, &attributes);
  while (now() - begin < limit) {
    int status;
    pid_t pid = waitpid(-1, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fail("a program failed", 0);
    for (int i = 0; i < at_once; i++) {
      if (slots[i].pid != pid) continue;
      finish(&slots[i]);
      done++;
      start(&slots[i], arguments + 3, &attributes);
    }
  }
  double elapsed = now() - begin;

  struct rusage own;
  getrusage(RUSAGE_SELF, &own);
  double cpu = seconds(own.ru_utime) + seconds(own.ru_stime);
  while (waitpid(-1, NULL, 0) > 0) continue;
  printf("{\"runs\": %ld, \"seconds\": %.6f, \"ownCpuSeconds\": %.6f}\n", done, elapsed, cpu);
}
