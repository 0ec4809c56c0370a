/*
 * labhide: a HARMLESS STAND-IN for a process-hiding preload library, for the disposable hosts of this range only.
 * From readdir it leaves out names that start with `lab_` or `.lab_`, and processes whose name or first argument has such a file name.
 * It hides nothing else, changes nothing, and has no way in or out.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int starts_with_mark(const char *name) {
  if (*name == '.') name++;
  return strncmp(name, "lab_", 4) == 0;
}

static int is_number(const char *name) {
  for (const char *c = name; *c; c++)
    if (*c < '0' || *c > '9') return 0;
  return *name != 0;
}

static long slurp(const char *pid, const char *file, char *into, size_t size) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%s/%s", pid, file);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  long got = read(fd, into, size - 1);
  close(fd);
  into[got > 0 ? got : 0] = 0;
  return got;
}

static int is_marked_process(const char *pid) {
  char text[256];
  if (slurp(pid, "comm", text, sizeof text) > 0 && starts_with_mark(text)) return 1;
  if (slurp(pid, "cmdline", text, sizeof text) <= 0) return 0;
  const char *slash = strrchr(text, '/'); /* the first argument ends at its NUL */
  return starts_with_mark(slash ? slash + 1 : text);
}

static int in_proc(DIR *dir) {
  char link[32], path[16];
  snprintf(link, sizeof link, "/proc/self/fd/%d", dirfd(dir));
  long got = readlink(link, path, sizeof path);
  return got == 5 && memcmp(path, "/proc", 5) == 0;
}

static int is_hidden(DIR *dir, const char *name) {
  if (starts_with_mark(name)) return 1;
  return is_number(name) && in_proc(dir) && is_marked_process(name);
}

#define HIDE(function, entry)                                          \
  struct entry *function(DIR *dir) {                                   \
    static struct entry *(*real)(DIR *);                               \
    if (!real) real = (struct entry * (*)(DIR *)) dlsym(RTLD_NEXT, #function); \
    struct entry *found;                                               \
    while ((found = real(dir)) && is_hidden(dir, found->d_name));      \
    return found;                                                      \
  }

HIDE(readdir, dirent)
HIDE(readdir64, dirent64)
