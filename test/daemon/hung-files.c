/*
 * Mounts a file system (FUSE, without libfuse) at argv[1] in which `open` cannot be opened and `look` not even be looked
 * up: who tries waits until this program ends. Any other name does not exist. Needs root.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int device;

static void reply(const struct fuse_in_header *request, int error, const void *body, size_t size) {
  struct fuse_out_header head = {.len = sizeof head + size, .error = -error, .unique = request->unique};
  struct iovec parts[2] = {{&head, sizeof head}, {(void *)body, size}};
  if (writev(device, parts, 2) < 0) perror("reply");
}

static struct fuse_attr attributes(uint64_t node) {
  return (struct fuse_attr){.ino = node, .mode = node == 1 ? S_IFDIR | 0755 : S_IFREG | 0644, .nlink = 1, .size = 10};
}

int main(int count, char **arguments) {
  static char buffer[1 << 20];
  char options[100];
  if (count < 2 || (device = open("/dev/fuse", O_RDWR)) < 0) return perror("/dev/fuse"), 1;
  snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0", device);
  if (mount("hung", arguments[1], "fuse", MS_NOSUID | MS_NODEV, options) < 0) return perror("mount"), 1;
  puts("mounted");
  fflush(stdout);
  for (;;) {
    ssize_t size = read(device, buffer, sizeof buffer);
    if (size < 0 && (errno == EINTR || errno == ENOENT)) continue;
    if (size < 0) return 0;
    const struct fuse_in_header *request = (void *)buffer;
    const char *name = buffer + sizeof *request;
    switch (request->opcode) {
      case FUSE_INIT: {
        struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = 4096};
        reply(request, 0, &out, sizeof out);
        break;
      }
      case FUSE_GETATTR: {
        struct fuse_attr_out out = {.attr = attributes(request->nodeid)};
        reply(request, 0, &out, sizeof out);
        break;
      }
      case FUSE_LOOKUP: {
        if (strcmp(name, "look") == 0) break;
        struct fuse_entry_out out = {.nodeid = 2, .attr = attributes(2)};
        if (strcmp(name, "open") == 0) reply(request, 0, &out, sizeof out);
        else reply(request, ENOENT, NULL, 0);
        break;
      }
      case FUSE_INTERRUPT: {
        // As on NFS, a signal ends the waiting.
        const struct fuse_interrupt_in *interrupt = (void *)name;
        reply(&(struct fuse_in_header){.unique = interrupt->unique}, EINTR, NULL, 0);
        break;
      }
      case FUSE_OPEN:
      case FUSE_FORGET:
      case FUSE_BATCH_FORGET:
        break;
      default:
        reply(request, ENOSYS, NULL, 0);
    }
  }
}
