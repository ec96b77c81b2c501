/*
 * Tells when it was started: appends one record of 16 bytes, a number from the command line and CLOCK_MONOTONIC in
 * nanoseconds, to a file. Small appends to one file are whole and keep their order. With a program after that, it becomes
 * that program.
 *
 *   stamp FILE NUMBER [PROGRAM [ARGUMENT...]]
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int count, char **arguments) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (count < 3) {
    fprintf(stderr, "usage: stamp FILE NUMBER [PROGRAM [ARGUMENT...]]\n");
    return 2;
  }
  uint64_t record[2] = {strtoull(arguments[2], NULL, 10), (uint64_t)now.tv_sec * 1000000000u + now.tv_nsec};
  int file = open(arguments[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0 || write(file, record, sizeof record) != sizeof record) {
    perror(arguments[1]);
    return 1;
  }
  if (count == 3) return 0;
  execvp(arguments[3], arguments + 3);
  perror(arguments[3]);
  return 127;
}
